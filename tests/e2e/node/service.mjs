// SPDX-License-Identifier: Apache-2.0
// Does one thing with the unmodified Azure SDK for DPS operators and prints
// what came of it, as JSON; prints the error's name and status and exits with
// 1 if it was refused.
//
//   node service.mjs PORT CONNECTION_STRING put|put-group JSON
//   node service.mjs PORT CONNECTION_STRING get|get-group|keys|keys-group ID
//   node service.mjs PORT CONNECTION_STRING delete|delete-group ID [ETAG]
//   node service.mjs PORT CONNECTION_STRING query|query-group PAGE_SIZE
//   node service.mjs PORT CONNECTION_STRING bulk JSON
//   node service.mjs PORT CONNECTION_STRING state|delete-state ID
//   node service.mjs PORT CONNECTION_STRING query-states GROUP PAGE_SIZE
//
// NODE_EXTRA_CA_CERTS names the CA to trust.
import https from 'node:https';

const [port, connectionString, action, subject, more] = process.argv.slice(2);

// The SDK has no way to name a port: it takes its agent's default.
if (port !== '443') {
  const { Agent } = https;
  https.Agent = class extends Agent {
    constructor(options) {
      super(options);
      this.defaultPort = Number(port);
    }
  };
  https.globalAgent = new https.Agent();
  const { request } = https;
  https.request = (options, ...rest) =>
    request({ ...options, port: Number(port) }, ...rest);
}
const { default: sdk } = await import('azure-iot-provisioning-service');

const client =
  sdk.ProvisioningServiceClient.fromConnectionString(connectionString);

async function allPages(query) {
  const pages = [];
  do {
    const { responseBody } = await new Promise((resolve, reject) =>
      query.next((error, responseBody) =>
        error ? reject(error) : resolve({ responseBody })));
    pages.push(responseBody);
  } while (query.hasMoreResults);
  return { responseBody: pages };
}

const specification = { query: '*' };
const actions = {
  put: () => client.createOrUpdateIndividualEnrollment(JSON.parse(subject)),
  'put-group': () =>
    client.createOrUpdateEnrollmentGroup(JSON.parse(subject)),
  get: () => client.getIndividualEnrollment(subject),
  'get-group': () => client.getEnrollmentGroup(subject),
  keys: () => client.getIndividualEnrollmentAttestationMechanism(subject),
  'keys-group': () => client.getEnrollmentGroupAttestationMechanism(subject),
  delete: () => client.deleteIndividualEnrollment(subject, more),
  'delete-group': () => client.deleteEnrollmentGroup(subject, more),
  query: () => allPages(
    client.createIndividualEnrollmentQuery(specification, Number(subject))),
  'query-group': () => allPages(
    client.createEnrollmentGroupQuery(specification, Number(subject))),
  // Its promise never settles; its callback does.
  bulk: () => new Promise((resolve, reject) =>
    client.runBulkEnrollmentOperation(JSON.parse(subject), (error, result) =>
      error ? reject(error) : resolve({ responseBody: result }))),
  state: () => client.getDeviceRegistrationState(subject),
  'delete-state': () => client.deleteDeviceRegistrationState(subject),
  'query-states': () => allPages(
    client.createEnrollmentGroupDeviceRegistrationStateQuery(
      specification, subject, Number(more))),
};
try {
  const result = await actions[action]();
  console.log(JSON.stringify(result?.responseBody ?? result ?? {}));
} catch (error) {
  const status = error.response?.statusCode ?? '';
  console.error(`${error.name} ${status}: ${error.responseBody ?? error.message}`);
  process.exitCode = 1;
}
