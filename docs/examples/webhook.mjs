#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// A webhook that sends a device to the hub of its site. Environment: PORT, and
// HOOK_KEY (base64), the instance's webhook key, if requests must be signed.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const key = Buffer.from((process.env.HOOK_KEY ?? '').replace(/^whsec_/, ''),
                        'base64');

function choose({ deviceRuntimeContext: device, linkedHubs }) {
  const site = String(device.payload?.site ?? '');  // whatever it sent
  const hub = linkedHubs.find((name) => site && name.startsWith(`${site}.`));
  if (!hub) return { iotHubHostName: linkedHubs[0] };
  return {
    iotHubHostName: hub,
    initialTwin: { tags: { site } },
    payload: { welcome: device.registrationId },
  };
}

function isSigned(headers, body) {
  const sent = headers['webhook-timestamp'];
  const hmac = createHmac('sha256', key);
  hmac.update(`${headers['webhook-id']}.${sent}.`).update(body);
  const expected = Buffer.from(`v1,${hmac.digest('base64')}`);
  const given = Buffer.from(headers['webhook-signature'] ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected) &&
    Math.abs(Date.now() / 1000 - Number(sent)) < 300; // older ones are replayed
}

const server = createServer((request, response) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => {
    const body = Buffer.concat(pieces);
    const trusted = key.length === 0 || isSigned(request.headers, body);
    const answer = trusted ? choose(JSON.parse(body))
                           : { message: 'not signed with the key' };
    response.writeHead(trusted ? 200 : 401,
                       { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(answer));
  });
});
server.listen(Number(process.env.PORT ?? 7071), '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
