// SPDX-License-Identifier: Apache-2.0
// Provisions one device with the unmodified Azure SDK and prints what it was
// told, as JSON; prints the error and exits with 1 if it was refused.
//
//   node provision.mjs mqtt|mqtt-ws PORT ID_SCOPE REGISTRATION_ID KEY [PAYLOAD]
//   node provision.mjs http HOST ID_SCOPE REGISTRATION_ID KEY [PAYLOAD]
//
// KEY is a symmetric key in base64, or CHAIN_FILE,KEY_FILE (PEM): a comma is no
// base64.
// The broker is at 127.0.0.1, an HTTPS server at port 443 of its host; NODE_EXTRA_CA_CERTS names the CA to trust.
import provisioning from 'azure-iot-provisioning-device';
import { Http } from 'azure-iot-provisioning-device-http';
import transports from 'azure-iot-provisioning-device-mqtt';
import symmetricKey from 'azure-iot-security-symmetric-key';
import x509 from 'azure-iot-security-x509';
import { readFileSync } from 'node:fs';

const [kind, port, idScope, registrationId, key, payload] =
  process.argv.slice(2);

// The SDK builds `mqtts://HOST` and `wss://HOST:443/$iothub/websocket`. Its
// ports are 8883 and 443 only if HOST names none; what follows the port and
// path of a HOST for WebSockets becomes a query, which brokers ignore.
const [Transport, host] = {
  mqtt: [transports.Mqtt, `127.0.0.1:${port}`],
  'mqtt-ws': [transports.MqttWs, `127.0.0.1:${port}/$iothub/websocket?`],
  http: [Http, port],
}[kind];

const [chainFile, keyFile] = key.split(',');
const security = keyFile
  ? new x509.X509Security(registrationId, {
      cert: readFileSync(chainFile, 'utf8'),
      key: readFileSync(keyFile, 'utf8'),
    })
  : new symmetricKey.SymmetricKeySecurityClient(registrationId, key);

const client = provisioning.ProvisioningDeviceClient.create(
  host,
  idScope,
  new Transport(),
  security,
);
if (payload !== undefined) {
  client.setProvisioningPayload(JSON.parse(payload));
}
try {
  const { assignedHub, deviceId, status, substatus, payload: told } =
    await client.register();
  console.log(
    JSON.stringify({ assignedHub, deviceId, status, substatus, payload: told }),
  );
} catch (error) {
  console.error(`${error.name}: ${error.message}`);
  process.exitCode = 1;
}
