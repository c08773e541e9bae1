// SPDX-License-Identifier: Apache-2.0
// Does one thing to an IoT Hub's registry with the unmodified Azure SDK and
// prints what came of it, as JSON; prints the error and exits with 1 if it was
// refused.
//
//   node registry.mjs PORT CONNECTION_STRING create|update DEVICE
//   node registry.mjs PORT CONNECTION_STRING get|delete|twin DEVICE_ID
//   node registry.mjs PORT CONNECTION_STRING patch DEVICE_ID PATCH
//   node registry.mjs PORT CONNECTION_STRING statistics
//
// NODE_EXTRA_CA_CERTS names the CA to trust.
import https from 'node:https';

const [port, connectionString, action, subject, patch] = process.argv.slice(2);

// The SDK has no way to name a port: it takes its agent's default.
const { Agent } = https;
https.Agent = class extends Agent {
  constructor(options) {
    super(options);
    this.defaultPort = Number(port);
  }
};
const { default: iothub } = await import('azure-iothub');

const registry = iothub.Registry.fromConnectionString(connectionString);
const actions = {
  create: () => registry.create(JSON.parse(subject)),
  update: () => registry.update(JSON.parse(subject)),
  get: () => registry.get(subject),
  delete: () => registry.delete(subject),
  twin: () => registry.getTwin(subject),
  patch: async () =>
    (await registry.getTwin(subject)).responseBody.update(JSON.parse(patch)),
  statistics: () => registry.getRegistryStatistics(),
};
try {
  const { responseBody } = await actions[action]();
  console.log(JSON.stringify(responseBody ?? {}));
} catch (error) {
  console.error(`${error.name}: ${error.message}`);
  process.exitCode = 1;
}
