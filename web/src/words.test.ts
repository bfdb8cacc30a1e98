import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { problemOf, Trouble } from './problem.ts';
import { explain, own, served, wordsFor } from './words.ts';

const page = readFileSync('../docs/errors.md', 'utf8');
const codes = [...page.matchAll(/^## ([A-Z][A-Z0-9_]+)$/gm)].map((m) => m[1] ?? '');

test('every code of docs/errors.md has words', () => {
  assert.ok(codes.length > 40, `docs/errors.md has only ${codes.length} codes`);
  assert.deepEqual(codes.filter((code) => !(code in served)), []);
});

test('every code with words is one that somebody can meet', () => {
  assert.deepEqual(Object.keys(served).filter((code) => !page.includes(code)), []);
  assert.deepEqual(Object.keys(own).filter((code) => code in served), []);
});

test('words are sentences, and their links lead somewhere', () => {
  for (const [code, words] of Object.entries({ ...served, ...own })) {
    for (const sentence of [words.said, words.then]) assert.match(sentence, /^[A-Z“].*[.!:]$/, `${code}: ${sentence}`);
    if (words.link) assert.match(words.link.href, /^(\/|mailto:)/, code);
  }
});

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

const errors: { name: string; error: unknown; code: string }[] = [
  { name: 'an answer of the API', error: { code: 'QUOTA_EXCEEDED', detail: 'until 1 December' }, code: 'QUOTA_EXCEEDED' },
  { name: 'a code inside the message of a trigger', error: named('UserLambdaValidationException', 'PreSignUp failed with error TOS_VERSION_STALE.'), code: 'TOS_VERSION_STALE' },
  { name: 'a wrong password', error: named('NotAuthorizedException', 'Incorrect username or password.'), code: 'WRONG_PASSWORD' },
  { name: 'too many wrong passwords', error: named('NotAuthorizedException', 'Password attempts exceeded'), code: 'TOO_MANY_TRIES' },
  { name: 'an account that is closed', error: named('NotAuthorizedException', 'User is disabled.'), code: 'ACCOUNT_DISABLED' },
  { name: 'a challenge that was left open', error: named('NotAuthorizedException', 'Invalid session for the user, session is expired.'), code: 'CHALLENGE_EXPIRED' },
  { name: 'no way to the server', error: new TypeError('Failed to fetch'), code: 'NETWORK' },
  { name: 'an exception of Node with a code in small letters', error: Object.assign(new Error('x'), { code: 'ERR' }), code: 'ERR' },
  { name: 'something that is no error', error: 'x', code: 'UNEXPECTED' },
  { name: 'an exception nobody foresaw', error: named('SomethingException', 'x'), code: 'UNEXPECTED' },
];

for (const { name, error, code } of errors) {
  test(`problemOf reads ${name}`, () => assert.equal(problemOf(error).code, code));
}

test('the server’s detail replaces our advice only where it says more', () => {
  assert.equal(explain({ code: 'INVALID_FIELD', detail: 'name is too long' }).then, 'name is too long');
  assert.equal(explain({ code: 'TOKEN_INVALID', detail: 'jws' }).then, wordsFor('TOKEN_INVALID').then);
  assert.equal(explain(new Trouble('NO_SUCH_CODE')).said, wordsFor('INTERNAL').said);
});
