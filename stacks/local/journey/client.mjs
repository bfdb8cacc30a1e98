// The independent client of the journey tests: amazon-cognito-identity-js does
// what a browser would, and aws-jwt-verify judges the tokens it gets. Neither
// knows anything of this project.
//
// Usage: node client.mjs ENDPOINT POOL_ID CLIENT_ID
//
// It reads one JSON request a line, {"do": NAME, "who": EMAIL, …}, and answers
// each with one line, {"ok": …} or {"error": {"name", "message"}}.

import { createInterface } from 'node:readline';
import { AuthenticationDetails, CognitoRefreshToken, CognitoUser, CognitoUserAttribute, CognitoUserPool } from 'amazon-cognito-identity-js';
import { CognitoJwtVerifier } from 'aws-jwt-verify';

const [endpoint, UserPoolId, ClientId] = process.argv.slice(2);
const pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint });
const people = new Map();

// person returns the library's object of one user, which holds their session.
function person(who) {
  if (!people.has(who)) people.set(who, new CognitoUser({ Username: who, Pool: pool }));
  return people.get(who);
}

// called turns a Node callback into a promise, answered its callbacks object.
const called = (start) => new Promise((ok, fail) => start((err, out) => (err ? fail(err) : ok(out))));
const answered = (start, more = () => ({})) =>
  new Promise((onSuccess, onFailure) => start({ onSuccess, onFailure, ...more(onSuccess, onFailure) }));

const tokens = (session) => ({
  access: session.getAccessToken().getJwtToken(),
  id: session.getIdToken().getJwtToken(),
  refresh: session.getRefreshToken().getToken(),
});

// signIn runs the whole of a sign-in, with a TOTP code where one is asked for.
async function signIn({ who, password, flow = 'USER_SRP_AUTH', totp }) {
  people.delete(who);
  const user = person(who);
  user.setAuthenticationFlowType(flow);
  const asked = await answered(
    (cb) => user.authenticateUser(new AuthenticationDetails({ Username: who, Password: password }), cb),
    (ok) => ({ totpRequired: (challenge) => ok({ challenge }), newPasswordRequired: () => ok({ challenge: 'NEW_PASSWORD_REQUIRED' }) }),
  );
  if (!asked.challenge) return tokens(asked);
  if (asked.challenge !== 'SOFTWARE_TOKEN_MFA' || !totp) return { challenge: asked.challenge };
  return tokens(await answered((cb) => user.sendMFACode(totp, cb, 'SOFTWARE_TOKEN_MFA')));
}

async function signUp({ who, password, attributes = {}, metadata }) {
  const list = Object.entries({ email: who, ...attributes }).map(([Name, Value]) => new CognitoUserAttribute({ Name, Value }));
  const out = await called((cb) => pool.signUp(who, password, list, [], cb, metadata));
  return { sub: out.userSub, confirmed: out.userConfirmed, delivery: out.codeDeliveryDetails };
}

// verify lets aws-jwt-verify judge a token by the pool's published keys.
async function verify({ token, use }) {
  const keys = await fetch(`${endpoint.replace(/\/$/, '')}/${UserPoolId}/.well-known/jwks.json`);
  const judge = CognitoJwtVerifier.create({ userPoolId: UserPoolId, clientId: ClientId, tokenUse: use });
  judge.cacheJwks(await keys.json());
  return judge.verify(token);
}

const does = {
  signUp,
  signIn,
  verify,
  confirm: ({ who, code, metadata }) => called((cb) => person(who).confirmRegistration(code, false, cb, metadata)),
  resend: ({ who }) => called((cb) => person(who).resendConfirmationCode(cb)),
  associate: ({ who }) =>
    new Promise((ok, fail) => person(who).associateSoftwareToken({ associateSecretCode: (secret) => ok({ secret }), onFailure: fail })),
  enrol: async ({ who, totp }) => {
    await answered((cb) => person(who).verifySoftwareToken(totp, 'phone', cb));
    return called((cb) => person(who).setUserMfaPreference(null, { PreferredMfa: true, Enabled: true }, cb));
  },
  refresh: async ({ who, refresh }) =>
    tokens(await called((cb) => person(who).refreshSession(new CognitoRefreshToken({ RefreshToken: refresh }), cb))),
  forgot: ({ who }) => answered((cb) => person(who).forgotPassword(cb)),
  reset: ({ who, code, password }) => answered((cb) => person(who).confirmPassword(code, password, cb)),
  signOutEverywhere: ({ who }) => answered((cb) => person(who).globalSignOut(cb)),
  attributes: async ({ who }) => {
    const list = await called((cb) => person(who).getUserAttributes(cb));
    return Object.fromEntries(list.map((a) => [a.getName(), a.getValue()]));
  },
  changeName: ({ who, name }) => called((cb) => person(who).updateAttributes([new CognitoUserAttribute({ Name: 'name', Value: name })], cb)),
  forge: ({ who, name, value }) => called((cb) => person(who).updateAttributes([new CognitoUserAttribute({ Name: name, Value: value })], cb)),
  remove: ({ who }) => called((cb) => person(who).deleteUser(cb)),
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer;
  try {
    if (!does[request.do]) throw new Error(`the client cannot do ${request.do}`);
    answer = { ok: (await does[request.do](request)) ?? null };
  } catch (err) {
    answer = { error: { name: err.name ?? err.code ?? 'Error', message: err.message ?? String(err) } };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
