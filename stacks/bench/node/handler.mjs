// GET /api/profile for Node 20: aws-jwt-verify, AWS SDK v3, stripe-node. Clients
// are made outside the handler, the key set is handed over in the environment,
// and Stripe is loaded only by the rare call that must make a customer: this is
// as quick as the usual Node function gets. It does less than ours: it neither
// falls back to Cognito nor asks for keys that DynamoDB left out.

import { BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { CognitoJwtVerifier } from 'aws-jwt-verify';

const { USER_POOL_ID, USER_POOL_CLIENT_ID, JWKS, TABLE_PROFILES, TABLE_ENTITLEMENTS, TOS_VERSION = '2026-06-01' } = process.env;

const dynamodb = new DynamoDBClient({});
const verifier = CognitoJwtVerifier.create({ userPoolId: USER_POOL_ID, clientId: USER_POOL_CLIENT_ID, tokenUse: 'access' });
verifier.cacheJwks(JSON.parse(JWKS));

const answer = (statusCode, body, headers = {}) => ({
  statusCode,
  headers: { 'Content-Type': statusCode < 400 ? 'application/json' : 'application/problem+json', 'Cache-Control': 'no-store', ...headers },
  body: body === undefined ? '' : JSON.stringify(body),
});

const problem = (status, code, id) => answer(status, { type: `https://callanalyst.app/errors#${code}`, status, code, request_id: id });

async function customer(sub, email) {
  const { default: Stripe } = await import('stripe');
  const stripe = new Stripe(process.env.STRIPE_KEY, { maxNetworkRetries: 1 });
  return stripe.customers.create({ email, metadata: { cognito_sub: sub } }, { idempotencyKey: `customer:${sub}` });
}

export async function handler(event) {
  const id = event.requestContext.requestId;
  const token = /^Bearer (.+)$/i.exec(event.headers?.Authorization ?? '')?.[1];
  if (!token) return problem(401, 'TOKEN_MISSING', id);
  let claims;
  try {
    claims = await verifier.verify(token);
  } catch {
    return problem(401, 'TOKEN_INVALID', id);
  }
  const keys = { Keys: [{ cognito_sub: { S: claims.sub } }], ConsistentRead: true };
  const { Responses } = await dynamodb.send(
    new BatchGetItemCommand({ RequestItems: { [TABLE_PROFILES]: keys, [TABLE_ENTITLEMENTS]: keys } }),
  );
  const [row] = Responses[TABLE_ENTITLEMENTS].map((r) => unmarshall(r));
  const [profile] = Responses[TABLE_PROFILES].map((r) => unmarshall(r));
  if (row?.disabled) return problem(403, 'ACCOUNT_DISABLED', id);
  if (!row || row.tos_version < TOS_VERSION) return problem(403, 'TOS_REQUIRED', id);
  if (!profile) return problem(404, 'NOT_FOUND', id);
  if (!row.stripe_customer_id) await customer(claims.sub, profile.email);
  const etag = `"${profile.version}"`;
  if (event.headers['If-None-Match'] === etag) return answer(304, undefined, { ETag: etag });
  const { email = '', name = '', avatar_url = '', version } = profile;
  return answer(
    200,
    { sub: claims.sub, email, name, avatar_url, preferences: JSON.parse(profile.preferences), custom: JSON.parse(profile.custom), version, source: 'dynamodb' },
    { ETag: etag, 'Cache-Control': 'private, no-cache', Vary: 'Authorization' },
  );
}
