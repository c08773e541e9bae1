// SPDX-License-Identifier: Apache-2.0
// Every limit of the product, by name. What a limit protects stands beside it.
#pragma once

#include <chrono>
#include <cstddef>

namespace dps::limits {

// Identifiers (device-protocol section 7).
inline constexpr std::size_t kRegistrationIdMax = 128;
inline constexpr std::size_t kDeviceIdMax = 128;
inline constexpr std::size_t kIdScopeMax = 64;
inline constexpr std::size_t kHubNameMax = 253;  // a DNS host name
inline constexpr std::size_t kInstanceNameMin = 3;
inline constexpr std::size_t kInstanceNameMax = 51;
inline constexpr std::size_t kRequestIdMax = 256;   // `$rid`, echoed back
inline constexpr std::size_t kOperationIdMax = 60;  // SDKs' fixed buffers

// Bytes from outside, checked before anything is parsed.
inline constexpr std::size_t kUsernameMax = 1024;
inline constexpr std::size_t kClientIdMax = 257;  // registration id/suffix
inline constexpr std::size_t kSasTokenMax = 4096;
inline constexpr std::size_t kTopicMax = 512;
inline constexpr std::size_t kMessageMax =
    std::size_t{96} * 1024;  // Azure's message size
inline constexpr std::size_t kDocumentMax =
    std::size_t{256} * 1024;  // operator documents
inline constexpr int kJsonDepthMax = 32;

// Certificates: the DER of one; its text (base64 of PEM grows by 16/9, and
// people leave a dump of it around); a file with a chain; and what a device may
// present in TLS.
inline constexpr std::size_t kCertificateBytesMax = std::size_t{16} * 1024;
inline constexpr std::size_t kCertificateTextBytesMax =
    2 * kCertificateBytesMax;
inline constexpr std::size_t kCertificateChainFileMax = 32;
inline constexpr std::size_t kCertificateChainFileBytesMax =
    kCertificateChainFileMax * kCertificateTextBytesMax;
inline constexpr std::size_t kPresentedChainMax = 10;
inline constexpr int kRsaBitsMax = 16'384;  // whatever the policy says
// PEM blocks of a text that must hold one certificate: read on, to tell a key
// beside it from a second certificate.
inline constexpr std::size_t kCertificatePemBlocksMax = 100;
// What an operator may set (plugin_opt_dps_x509_...): OpenSSL's security level,
// the bits of the largest RSA key, the certificates a device presents.
inline constexpr int kSecurityLevelMin = 1;
inline constexpr int kSecurityLevelMax = 5;
inline constexpr int kRsaBitsMaxLeast = 2048;
inline constexpr std::size_t kPresentedChainMaxMost = 16;
// Ten of the 2 KiB that RSA 4096 takes, and some more.
inline constexpr std::size_t kPresentedChainBytesMax = std::size_t{24} * 1024;
// Of a chain that travels in a TLS ticket, the leaf not counted: the client
// sends it back in its first flight.
inline constexpr std::size_t kTicketChainBytesMax = std::size_t{8} * 1024;
// Different certificates of such chains that are kept parsed.
inline constexpr std::size_t kTicketCertificatesMax = 64;
inline constexpr std::size_t kCertificateCommonNameMax = 64;  // X.520

// Revocation lists an operator imports.
inline constexpr std::size_t kRevocationListBytesMax =
    std::size_t{16} * 1024 * 1024;
inline constexpr std::size_t kRevokedSerialsMax = 100'000;
// A request that holds one: base64 and line ends escaped as in JSON.
inline constexpr std::size_t kRevocationListRequestMax =
    2 * kRevocationListBytesMax;

// Symmetric keys, raw bytes (Azure: 16 to 64).
inline constexpr std::size_t kSymmetricKeyMin = 16;
inline constexpr std::size_t kSymmetricKeyMax = 64;
inline constexpr std::size_t kGeneratedKeySize = 64;

// X.509. A serial number has at most 20 octets (RFC 5280 section 4.1.2.2).
inline constexpr std::size_t kSerialHexMax = 64;
inline constexpr std::size_t kCaCertificatesMax = 1024;
// Documents of a scope that are read to find another holder of a certificate:
// one enrollment and one CA certificate may hold it, a third is one too many.
inline constexpr std::size_t kCertificateHoldersMax = 3;
// Random bytes of a verification code, twice as many hex digits: as many
// characters as Azure's have; a common name takes 64.
inline constexpr std::size_t kVerificationCodeBytes = 24;
// CA certificates of one scope with the same subject: what a handshake may
// have to try.
inline constexpr std::size_t kCaCertificatesOfSubjectMax = 16;
// What a thread keeps parsed of the CA certificates of all scopes: subjects,
// groups and certificates. Up to twice as many of each; the rest is read from
// the store.
inline constexpr std::size_t kAnchorsKeptMax = 1024;
// Chains whose verification a thread remembers: so many, and as many older
// ones.
inline constexpr std::size_t kVerifiedChainsMax = 20'000;
// Signatures verified to judge one presented chain: a path as long as a broker
// can be set to allow, and some for certificates of one name. A stranger
// chooses the keys, and one of P-384 costs 0.8 ms of the broker's thread.
inline constexpr std::size_t kSignaturesOfHandshakeMax = 24;
// CA certificates of one name that a handshake looks at, over all scopes.
inline constexpr std::size_t kAnchorsOfHandshakeMax = 64;

// Allocation.
inline constexpr int kAllocationWeightMin = 1;
inline constexpr int kAllocationWeightMax = 1000;
// How far over its weighted share a hub may be told to go; by how much a hub
// may be slower than the nearest and count as near.
inline constexpr double kLoadBoundMax = 100;
inline constexpr int kLatencyToleranceMaxMs = 10'000;
inline constexpr std::size_t kRegionMax = 64;

// Work at linked hubs: threads for it, how many of them one hub may hold, how
// long one call may take, and how long a device is told "assigning" while its
// hub is tried again and again. Much later, when none of its calls can be under
// way any more, others take a task over whose owner they know nothing of.
inline constexpr std::size_t kHubThreads = 16;
inline constexpr std::size_t kHubThreadsPerHub = 4;
inline constexpr std::chrono::seconds kHubCall{5};
inline constexpr std::chrono::seconds kHubProvisioning{30};
inline constexpr std::chrono::minutes kHubTakeOver{15};
// Tries of one provisioning: so long after the first, then twice as long each.
inline constexpr std::chrono::milliseconds kHubRetry{500};
// Removals and notices: the same, up to the longest.
inline constexpr std::chrono::seconds kHubTaskRetry{5};
inline constexpr std::chrono::minutes kHubTaskRetryMax{10};
// How often due tasks are looked for, and each hub's health; and how many tasks
// are taken at once.
inline constexpr std::chrono::seconds kHubTaskCheck{1};
inline constexpr std::chrono::seconds kHubHealthCheck{60};
inline constexpr std::size_t kHubTasksTaken = 256;
// A hub that failed so often in a row is left alone for so long.
inline constexpr int kHubFailuresMax = 3;
inline constexpr std::chrono::seconds kHubPause{10};

// A text of a linked hub's connector: a URL, a path, a role's ACLs.
inline constexpr std::size_t kConnectorTextMax = std::size_t{16} * 1024;

// Webhooks of custom allocation: what an operator says of his; an answer's
// body, and its header lines.
inline constexpr std::size_t kWebhookUrlMax = 2048;
inline constexpr std::size_t kWebhookApiVersionMax = 64;
inline constexpr std::size_t kWebhookKeyMin = 24;  // Standard Webhooks
inline constexpr std::size_t kWebhookKeyMax = 64;
inline constexpr std::size_t kWebhookAnswerMax = std::size_t{64} * 1024;
inline constexpr std::size_t kWebhookAnswerHeadersMax = std::size_t{16} * 1024;
// Of an answer's payload and twin, each written out in ASCII.
inline constexpr std::size_t kWebhookPayloadMax = kDocumentMax / 4;
// Calls under way: of one scope to one origin, of one scope, and of all.
inline constexpr std::size_t kWebhookCallsPerHostMax = 64;
inline constexpr std::size_t kWebhookCallsPerScopeMax = 128;
inline constexpr std::size_t kWebhookCallsMax = 256;
// Calls that wait for their turn: of one scope to one origin, how long, and the
// bytes of all.
inline constexpr std::size_t kWebhookCallsWaitingMax = 2000;
inline constexpr std::chrono::seconds kWebhookWaitMax{30};
inline constexpr std::size_t kWebhookWaitingBytesMax =
    std::size_t{64} * 1024 * 1024;
// A webhook that failed so often in a row is left alone for so long; of so many
// that is remembered.
inline constexpr int kWebhookFailuresMax = 5;
inline constexpr std::chrono::seconds kWebhookPause{10};
inline constexpr std::size_t kWebhookHostsMax = 1024;

// geoLatency. The table is read whole for each change of the configuration;
// the database is kept in memory (MaxMind's for all cities is 60 to 130 MB).
inline constexpr std::size_t kLatencyRowsMax = 200'000;
inline constexpr std::size_t kLatencyTableBytesMax =
    std::size_t{16} * 1024 * 1024;
inline constexpr std::size_t kLatencyMicrosecondsMax = 60'000'000;
inline constexpr std::size_t kGeoDatabaseBytesMax =
    std::size_t{1024} * 1024 * 1024;
inline constexpr std::chrono::seconds kGeoDatabaseCheck{60};

// The broker thread tries every symmetric-key group at CONNECT (at most eight
// HMACs a group), so their number bounds what one CONNECT costs.
inline constexpr std::size_t kSymmetricKeyGroupsMax = 256;
inline constexpr int kLinkedHubsMax = 1024;
inline constexpr std::size_t kInstancesMax = 1024;
inline constexpr std::size_t kAccessPoliciesMax = 100;
// Lines a second of the audit for what changed nothing: strangers must not be
// able to fill the disk.
inline constexpr std::size_t kRefusalsAudited = 20;

// Enrollments in one bulk operation (Azure: 10), and its body.
inline constexpr std::size_t kBulkItemsMax = 10;
inline constexpr std::size_t kBulkBytesMax = kBulkItemsMax * kDocumentMax;

// Rows of one answer to an operator's query.
inline constexpr std::size_t kQueryPageDefault = 100;
inline constexpr std::size_t kQueryPageMax = 1000;

// Registrations accepted and not yet durable, and one commit's share of them.
inline constexpr std::size_t kPendingRegistrationsMax = 10'000;
inline constexpr std::size_t kPendingBytesMax = std::size_t{64} * 1024 * 1024;
inline constexpr std::size_t kCommitBatchMax = 200;
// How long a commit waits for company; a device polls seconds later.
inline constexpr std::chrono::milliseconds kCommitLinger{20};
// Records just committed that wait for their devices to ask.
inline constexpr std::size_t kFinishedRecordsMax = 10'000;
// How often a commit that met another writer's change is decided afresh.
inline constexpr int kCommitAttemptsMax = 8;

// Refused and failed attempts that are kept for operators: of one device, of
// one ID scope's devices, how many wait to be kept, how often they are.
inline constexpr std::size_t kAttemptsOfDeviceMax = 10;
inline constexpr std::size_t kAttemptReasonMax = 512;
inline constexpr std::size_t kDevicesWithAttemptsMax = 10'000;
inline constexpr std::size_t kAttemptsWaitingMax = 1000;
inline constexpr std::chrono::seconds kAttemptsLinger{1};

// An accepted operation that a restart interrupted is taken up again when its
// device asks for it within this time.
inline constexpr std::chrono::minutes kLostOperationAgeMax{15};

// Sessions of devices the broker keeps without a connection (clean session 0)
// whose client ids are guarded until they are gone.
inline constexpr std::size_t kLeftoversMax = 100'000;
// Of one device; with more it must connect with a clean session.
inline constexpr std::size_t kLeftoversOfDeviceMax = 8;
// Longer than the broker keeps them (persistent_client_expiration 1h).
inline constexpr std::chrono::hours kLeftoverAgeMax{2};
inline constexpr std::size_t kLoopbackJobsMax = 10'000;

// Answers that wait for their commit (prompt mode).
inline constexpr std::size_t kHeldRepliesMax = 10'000;

// How long after its 401 a device is disconnected: time to read it.
inline constexpr std::chrono::milliseconds kDismissalDelay{500};

// Lines of the log that other threads may leave for the broker's.
inline constexpr std::size_t kQueuedLogLinesMax = 1000;

// The store on disk: the size of its map at the start (address space only; it
// grows), views open at once over all processes, and how often a commit looks
// for those of dead processes and for a replaced file.
inline constexpr std::size_t kStoreMapBytes = std::size_t{1} << 30;
inline constexpr unsigned kStoreReadersMax = 512;
inline constexpr std::chrono::seconds kStoreUpkeep{60};

// Requests of one session in kRequestWindow (Azure: 5 polls in 10 s).
inline constexpr std::size_t kPollsPerWindow = 5;
inline constexpr std::size_t kRegistersPerWindow = 10;
inline constexpr std::chrono::seconds kRequestWindow{10};

}  // namespace dps::limits
