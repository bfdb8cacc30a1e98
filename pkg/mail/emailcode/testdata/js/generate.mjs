// Writes messages of the official JavaScript Encryption SDK as JSON lines of
// data: npm install @aws-crypto/client-node@5.0.2 && node generate.mjs > messages.json
//
// KMS is replaced by an object that hands out one recorded data key, so that a
// test can play KMS without an account. All else is the SDK's own work.
import { randomBytes } from 'node:crypto'
import { AlgorithmSuiteIdentifier, buildClient, CommitmentPolicy, getClient, KmsKeyringNode } from '@aws-crypto/client-node'

const keyARN = 'arn:aws:kms:us-east-2:000000000000:key/6f1f4f3e-7d0c-4d3e-9a57-0c1f0a3a4b5c'
const otherARN = 'arn:aws:kms:us-east-2:000000000000:key/0d9b1c7a-52f4-4a0c-8d5e-b1f2c3d4e5f6'

const suites = {
  '0178': 'ALG_AES256_GCM_IV12_TAG16_HKDF_SHA256',
  '0378': 'ALG_AES256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384',
  '0478': 'ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY',
  '0578': 'ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384',
}

async function encrypt (name, suite, plaintext, { pool = 'us-east-2_Fixture01', keyIds = [], frameLength = 4096 } = {}) {
  const dataKey = randomBytes(32)
  const sealed = randomBytes(151)
  const kms = {
    generateDataKey: async () => ({ KeyId: keyARN, Plaintext: new Uint8Array(dataKey), CiphertextBlob: new Uint8Array(sealed) }),
    encrypt: async ({ KeyId }) => ({ KeyId, CiphertextBlob: new Uint8Array(randomBytes(151)) }),
  }
  const keyring = new KmsKeyringNode({ clientProvider: () => kms, generatorKeyId: keyARN, keyIds })
  const committing = suite === '0478' || suite === '0578'
  const { encrypt } = buildClient(committing ? CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT : CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
  const { result } = await encrypt(keyring, plaintext, {
    suiteId: AlgorithmSuiteIdentifier[suites[suite]], encryptionContext: { 'userpool-id': pool }, frameLength,
  })
  return { name, suite, pool, plaintext, key_arn: keyARN, data_key: dataKey.toString('base64'), sealed_key: sealed.toString('base64'), code: result.toString('base64') }
}

console.log(JSON.stringify([
  await encrypt('suite 0378, as Cognito sends it', '0378', '123456'),
  await encrypt('suite 0378, an escaped temporary password', '0378', '&lt;Tmp&gt;&amp;&quot;9xA!'),
  await encrypt('suite 0378, several frames', '0378', 'three frames of 16 bytes, no less', { frameLength: 16 }),
  await encrypt('suite 0378, a last frame that is full', '0378', 'exactly 16 bytes', { frameLength: 16 }),
  await encrypt('suite 0178, unsigned', '0178', '123456'),
  await encrypt('suite 0478, committing', '0478', '123456'),
  await encrypt('suite 0578, as emulators send it', '0578', '123456'),
  { ...await encrypt('suite 0378, two data keys', '0378', '123456', { keyIds: [otherARN] }), refused: true },
], null, 1))
