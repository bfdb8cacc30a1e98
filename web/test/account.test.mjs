// The account's page: profile, second factor, sessions, one's data.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { appCode, inspect, launch, newcomer, open, password, refused, signIn } from './browser.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

test('a profile is saved, but never over a change from another window', async (t) => {
  const page = await open(t, browser, { expects: [refused] });
  await newcomer(page, 'profile');
  await page.getByLabel('Name').fill('Ada King');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Your profile is saved.').waitFor();
  await inspect(page, 'account');
  const other = await page.context().newPage();
  await other.goto('/account');
  await other.getByLabel('Name').fill('Countess of Lovelace');
  await other.getByRole('button', { name: 'Save' }).click();
  await other.getByText('Your profile is saved.').waitFor();
  await page.getByLabel('Name').fill('Ada Byron');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('alert').getByText('changed elsewhere').waitFor();
  assert.equal(await page.getByLabel('Name').inputValue(), 'Countess of Lovelace');
  await page.getByLabel('Name').fill('Ada Byron');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Your profile is saved.').waitFor();
  await page.getByLabel('Picture').fill('http://example.com/me.png');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('alert').getByText('avatar_url').waitFor();
});

test('an authenticator app is set up, asked for, and switched off', async (t) => {
  const page = await open(t, browser, { expects: [refused] });
  const email = await newcomer(page, 'totp');
  await page.getByRole('button', { name: 'Set it up' }).click();
  await page.getByRole('img', { name: /QR code/ }).waitFor();
  await page.getByText('The picture cannot be scanned?').click();
  const secret = await page.locator('#totp-secret').innerText();
  await inspect(page, 'account-totp');
  await page.getByLabel('Code from the app').fill('000000');
  await page.getByRole('button', { name: 'Switch it on' }).click();
  await page.getByRole('alert').getByText('That is not the code.').waitFor();
  await page.getByLabel('Code from the app').fill(appCode(secret, -1));
  await page.getByRole('button', { name: 'Switch it on' }).click();
  await page.getByText('Your authenticator app is set up.').waitFor();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: /what was said/ }).waitFor();
  await signIn(page, email);
  await page.getByRole('heading', { name: 'Your second factor' }).waitFor();
  await inspect(page, 'sign-in-totp');
  await page.getByLabel('Code from the app').fill('000000');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('alert').getByText('That is not the code.').waitFor();
  await page.getByLabel('Code from the app').fill(appCode(secret));
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('button', { name: 'Switch it off' }).click();
  await page.getByText('The second factor is off.').waitFor();
});

test('the password is changed, not without the one until now', async (t) => {
  const page = await open(t, browser, { expects: [refused] });
  const email = await newcomer(page, 'changer');
  await page.getByRole('button', { name: 'Change it' }).click();
  await page.getByLabel('Password until now').fill('Wrong-Horse-77!');
  await page.getByLabel('New password').fill('Other-Horse-88!');
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByRole('alert').getByText('do not fit together').waitFor();
  await page.getByLabel('Password until now').fill(password);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByText('Your password is changed.').waitFor();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: /what was said/ }).waitFor();
  await signIn(page, email, { secret: 'Other-Horse-88!' });
  await page.getByRole('heading', { name: 'Your account' }).waitFor();
});

test('signing out everywhere ends the other device too', async (t) => {
  const page = await open(t, browser, { expects: [refused] });
  const other = await open(t, browser, { expects: [refused] });
  const email = await newcomer(page, 'everywhere');
  await signIn(other, email);
  await other.getByLabel('Name').waitFor();
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.getByRole('heading', { level: 1, name: /what was said/ }).waitFor();
  await other.reload();
  await other.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
});

test('signing out in one tab signs out the other', async (t) => {
  const page = await open(t, browser);
  await newcomer(page, 'tabs');
  const tab = await page.context().newPage();
  await tab.goto('/account');
  await tab.getByLabel('Name').waitFor();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await tab.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
  await tab.getByRole('alert').getByText('You are signed out').waitFor();
});

test('they take their data along', async (t) => {
  const page = await open(t, browser);
  const email = await newcomer(page, 'export');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download my data' }).click()]);
  assert.equal(file.suggestedFilename(), 'call-analyst.json');
  const taken = readFileSync(await file.path(), 'utf8');
  assert.ok(JSON.parse(taken) && taken.includes(email), 'the export is JSON and names its person');
  await page.getByText('among your downloads').waitFor();
});

test('an account is deleted only by somebody who means it', async (t) => {
  const page = await open(t, browser, { expects: [refused] });
  const email = await newcomer(page, 'leaver');
  await page.getByRole('button', { name: 'Delete my account' }).click();
  await inspect(page, 'account-delete');
  await page.getByLabel('Type the word delete').fill('yes');
  await page.getByRole('button', { name: 'Delete it all now' }).click();
  await page.getByText('so that it cannot happen by mistake').waitFor();
  await page.getByLabel('Type the word delete').fill('delete');
  await page.getByRole('button', { name: 'Delete it all now' }).click();
  await page.getByRole('heading', { name: 'Your account is deleted' }).waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.getItem('callanalyst.session') ?? localStorage.getItem('callanalyst.session')), null);
  await signIn(page, email);
  await page.getByRole('alert').waitFor();
});

test('no token can be read from what the browser keeps', async (t) => {
  const page = await open(t, browser);
  await newcomer(page, 'tokens');
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  assert.match(kept, /callanalyst\.session/);
  assert.doesNotMatch(kept, /eyJ/, 'a token lies open');
  const extractable = await page.evaluate(() => new Promise((ok, fail) => {
    const db = indexedDB.open('callanalyst');
    db.onerror = fail;
    db.onsuccess = () => { const get = db.result.transaction('keys').objectStore('keys').get('session'); get.onsuccess = () => ok(get.result.extractable); };
  }));
  assert.equal(extractable, false);
  await page.evaluate(() => localStorage.setItem('callanalyst.session', localStorage.getItem('callanalyst.session').replace(/.{6}$/, 'AAAAA=')));
  await page.reload();
  await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
});

test('whoever does not want to stay is forgotten with the tab', async (t) => {
  const page = await open(t, browser);
  const email = await newcomer(page, 'guest');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: /what was said/ }).waitFor();
  await page.goto('/sign-in?next=/account');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Stay signed in on this device').uncheck();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Name').waitFor();
  await page.reload();
  await page.getByLabel('Name').waitFor();
  assert.equal(await page.evaluate(() => localStorage.getItem('callanalyst.session')), null);
  const tab = await page.context().newPage();
  await tab.goto('/account');
  await tab.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
});
