// Signing up, in and out, in a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { code, inspect, launch, newcomer, open, password, refused, signIn, signUp, somebody, toAccount } from './browser.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

test('the first page says what this is, and leads in', async (t) => {
  const page = await open(t, browser);
  await page.goto('/');
  await page.getByRole('heading', { level: 1, name: /what was said/ }).waitFor();
  await inspect(page, 'welcome');
  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.getByRole('heading', { name: 'Create an account' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/sign-up');
  await page.goBack();
  await page.getByRole('heading', { level: 1, name: /what was said/ }).waitFor();
});

test('they sign up, confirm with the code and sign in', async (t) => {
  const page = await open(t, browser, { expects: [refused] });
  const email = somebody('ada');
  await page.goto('/sign-up');
  await page.getByLabel('Password', { exact: true }).fill('short');
  assert.equal(await page.locator('.rules li.met').count(), 1);
  await inspect(page, 'sign-up');
  await signUp(page, email);
  await inspect(page, 'confirm');
  await page.getByLabel('Code').fill('000000');
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('alert').getByText('That is not the code.').waitFor();
  await page.getByRole('button', { name: 'Send another code' }).click();
  await page.getByText('A new code is on its way').waitFor();
  await page.getByLabel('Code').fill(await code(email, 2));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('Your address is confirmed').waitFor();
  await inspect(page, 'sign-in');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await toAccount(page);
  await page.getByLabel('Name').waitFor();
  assert.equal(await page.getByLabel('Name').inputValue(), 'Ada Lovelace');
});

test('a sign-up that is refused says why', async (t) => {
  const page = await open(t, browser, { expects: [refused] });
  const email = await newcomer(page, 'twice');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill('weak');
  await page.getByLabel(/I accept/).check();
  await page.getByLabel(/I am in the United States/).check();
  await page.getByRole('button', { name: 'Create the account' }).click();
  await page.getByRole('alert').getByText('not strong enough').waitFor();
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Create the account' }).click();
  await page.getByRole('alert').getByText('There is an account with this address').waitFor();
});

test('a wrong password is refused, and a new one is set by mail', async (t) => {
  const page = await open(t, browser, { expects: [refused] });
  const email = await newcomer(page, 'forgetful');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: /what was said/ }).waitFor();
  await signIn(page, email, { secret: 'Wrong-Horse-77!' });
  await page.getByRole('alert').getByText('do not fit together').waitFor();
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await page.getByLabel('E-mail address').fill(email);
  await page.getByRole('button', { name: 'Send the code' }).click();
  await page.getByLabel('New password').fill('Other-Horse-88!');
  await inspect(page, 'forgot-password');
  await page.getByLabel('Code').fill('000000');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByRole('alert').getByText('That is not the code.').waitFor();
  await page.getByLabel('Code').fill(await code(email, 2));
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByText('Your new password is set').waitFor();
  await page.getByLabel('Password').fill('Other-Horse-88!');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await toAccount(page);
});

test('with Google they meet the terms once, and come back to where they went', async (t) => {
  const page = await open(t, browser, { expects: [refused] });
  await page.goto('/account?from=google');
  await page.getByRole('button', { name: 'Continue with Google' }).click();
  await page.getByLabel('E-mail address').fill(somebody('google'));
  await page.getByLabel('Name').fill('Grace Hopper');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Before you go on' }).waitFor();
  await inspect(page, 'accept-terms');
  await page.getByLabel(/I accept/).check();
  await page.getByLabel(/I am in the United States/).check();
  await page.getByRole('button', { name: 'Accept and go on' }).click();
  await page.getByLabel('Name').waitFor();
  assert.equal(await page.getByLabel('Name').inputValue(), 'Grace Hopper');
  assert.match(page.url(), /\/account\?from=google$/);
  await page.getByText('You sign in with Google or Apple').waitFor();
  await page.reload();
  await page.getByLabel('Name').waitFor();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: /what was said/ }).waitFor();
});

test('a sign-in at Google that is stopped, or forged, signs nobody in', async (t) => {
  const page = await open(t, browser);
  await page.goto('/sign-in');
  await page.getByRole('button', { name: 'Continue with Google' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('alert').getByText('You stopped the sign-in').waitFor();
  await inspect(page, 'callback');
  await page.goto('/callback?code=stolen&state=forged');
  await page.getByRole('alert').getByText('did not begin in this window').waitFor();
});

test('the legal pages and the page for other countries', async (t) => {
  const page = await open(t, browser);
  for (const [path, heading] of [['/terms', 'Terms of service'], ['/privacy', 'Privacy notice'], ['/goodbye', 'Your account is deleted']]) {
    await page.goto(path);
    await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    await inspect(page, path.slice(1));
  }
});

test('cookies are asked about once, and can be chosen anew', async (t) => {
  const page = await open(t, browser, { cookies: false });
  await page.goto('/');
  const banner = page.getByRole('region', { name: 'Cookies' });
  await banner.waitFor();
  await inspect(page, 'cookies');
  await banner.getByLabel('Analytics').check();
  await banner.getByRole('button', { name: 'Save my choice' }).click();
  await page.reload();
  await page.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(await banner.count(), 0);
  await page.getByRole('button', { name: 'Cookies' }).click();
  assert.equal(await banner.getByLabel('Analytics').isChecked(), true);
  await banner.getByRole('button', { name: 'None of them' }).click();
  assert.equal(await page.evaluate(() => localStorage.getItem('callanalyst.cookies')), '{"analytics":false,"marketing":false}');
});
