// When things go wrong, the page says what happened and what to do.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inspect, launch, newcomer, open, password, somebody } from './browser.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const failedLoad = /console: Failed to load resource/;

test('a mistake in a script leaves words and a way on, not a dead page', async (t) => {
  const page = await open(t, browser, { expects: [/pageerror: a mistake/] });
  await page.goto('/');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.evaluate(() => setTimeout(() => { throw new Error('a mistake'); }));
  await page.getByRole('alert').getByText('This page ran into a mistake of ours.').waitFor();
  await inspect(page, 'trouble-mistake');
  await page.getByRole('button', { name: 'Load the page again' }).click();
  await page.getByRole('heading', { level: 1, name: /what was said/ }).waitFor();
});

test('a script that does not come leaves words too', async (t) => {
  const page = await open(t, browser, { expects: [failedLoad] });
  await page.route('**/assets/*.js', (route) => route.abort());
  await page.goto('/');
  await page.getByText('The page is taking long to start').waitFor();
  await inspect(page, 'trouble-start');
});

test('a page of the site that is gone after a deployment', async (t) => {
  const page = await open(t, browser, { expects: [failedLoad] });
  await page.goto('/');
  await page.getByRole('heading', { level: 1, name: /what was said/ }).waitFor();
  await page.route('**/assets/sign-up-*.js', (route) => route.fulfill({ status: 404 }));
  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.getByRole('alert').getByText('could not be loaded').waitFor();
});

test('an expired access token is renewed without a word', async (t) => {
  const page = await open(t, browser, { expects: [failedLoad] });
  await newcomer(page, 'expired');
  await page.getByLabel('Name').waitFor();
  let asked = 0;
  await page.route('**/api/profile', (route) => {
    asked++;
    if (asked > 1) return route.continue();
    return route.fulfill({ status: 401, contentType: 'application/problem+json', body: '{"code":"TOKEN_EXPIRED","status":401}' });
  });
  await page.getByLabel('Name').fill('Renewed');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Your profile is saved.').waitFor();
  assert.equal(asked, 2);
});

test('a session that cannot be renewed leads to the sign-in and back', async (t) => {
  const page = await open(t, browser, { expects: [failedLoad] });
  await newcomer(page, 'ended');
  await page.getByLabel('Name').waitFor();
  await page.route('**/api/profile', (route) => route.fulfill({ status: 401, contentType: 'application/problem+json', body: '{"code":"TOKEN_EXPIRED","status":401}' }));
  await page.route(/:\d+\/$/, (route) => route.request().headers()['x-amz-target']?.endsWith('GetTokensFromRefreshToken')
    ? route.fulfill({ status: 400, contentType: 'application/x-amz-json-1.1', headers: { 'access-control-allow-origin': '*' }, body: '{"__type":"NotAuthorizedException","message":"Refresh Token has been revoked"}' })
    : route.continue());
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('alert').getByText('You are signed out.').waitFor();
  await inspect(page, 'trouble-signed-out');
  await page.unrouteAll();
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Name').waitFor();
});

test('the API is down: the page says so, and what to do', async (t) => {
  const page = await open(t, browser, { expects: [failedLoad] });
  await newcomer(page, 'down');
  await page.route('**/api/**', (route) => route.fulfill({ status: 503, headers: { 'retry-after': '30', 'x-request-id': 'r-17' }, contentType: 'application/problem+json', body: '{"code":"UPSTREAM_UNAVAILABLE","status":503,"request_id":"r-17"}' }));
  await page.reload();
  await page.getByRole('alert').getByText('A service we need did not answer.').waitFor();
  await page.getByText('about 30 seconds').waitFor();
  await page.getByText('request r-17').waitFor();
  await inspect(page, 'trouble-api');
  await page.route('**/api/**', (route) => route.abort());
  await page.reload();
  await page.getByRole('alert').getByText('We could not be reached.').waitFor();
});

test('nothing can be reached at all', async (t) => {
  const page = await open(t, browser, { expects: [failedLoad] });
  await page.route('**/config.json', (route) => route.abort());
  await page.goto('/sign-in');
  await page.getByRole('alert').getByText('We could not be reached.').waitFor();
  await inspect(page, 'trouble-offline');
});

test('the pool is down: the sign-in says so', async (t) => {
  const page = await open(t, browser, { expects: [failedLoad] });
  await page.goto('/sign-in');
  await page.route(/:\d+\/$/, (route) => (route.request().method() === 'POST' ? route.abort() : route.continue()));
  await page.getByLabel('E-mail address').fill(somebody('pool'));
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').getByText('We could not be reached.').waitFor();
});

test('from another country they see the page that says so, whole', async (t) => {
  const page = await open(t, browser, { cookies: false });
  await page.context().addCookies([{ name: 'country', value: 'DE', url: process.env.FLEET_SITE }]);
  await page.goto('/sign-up');
  assert.equal(new URL(page.url()).pathname, '/blocked.html');
  await page.getByRole('heading', { name: 'We are not open where you are yet.' }).waitFor();
  const loaded = await page.evaluate(() => document.images[0].naturalWidth > 0 && getComputedStyle(document.querySelector('main')).maxWidth !== 'none');
  assert.ok(loaded, 'the page’s picture and style pass the fence');
  await inspect(page, 'blocked');
  await page.context().clearCookies();
  await page.getByRole('link', { name: 'try again' }).click();
  await page.getByRole('heading', { level: 1, name: /what was said/ }).waitFor();
});

test('an address whose mail comes back is told so, and gets no promise of a code', async (t) => {
  const page = await open(t, browser, { expects: [failedLoad] });
  const address = `bounce+${somebody('gone')}`;
  await page.route('**/api/mail/status', (route) => {
    assert.deepEqual(route.request().postDataJSON(), { email: address });
    return route.fulfill({ status: 409, contentType: 'application/problem+json', body: '{"code":"EMAIL_UNDELIVERABLE","status":409}' });
  });
  await page.goto('/forgot-password');
  await page.getByLabel('E-mail address').fill(address);
  await page.getByRole('button', { name: 'Send the code' }).click();
  await page.getByRole('alert').getByText('came back to us for good').waitFor();
  await page.unrouteAll();
  await page.getByRole('button', { name: 'Send the code' }).click();
  await page.getByText('If there is an account for').waitFor();
});

test('a path that is not there', async (t) => {
  const page = await open(t, browser);
  await page.goto('/no-such-page');
  await page.getByRole('alert').getByText('There is no such thing here.').waitFor();
});
