// A real browser on a whole local fleet. The Go test that starts the fleet says
// in the environment where its parts are.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/** Where the fleet's parts are. */
export const fleet = Object.fromEntries(['site', 'inbox', 'aws', 'google'].map((part) => [part, process.env[`FLEET_${part.toUpperCase()}`] ?? '']));

/** What satisfies the pool's rules. */
export const password = 'Correct-Horse-7!';

const axe = readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const desk = { width: 1100, height: 800 };
const phone = { width: 360, height: 740 };

/** Starts Chromium, with a profile of its own that goes with it. */
export function launch(more = []) {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, chromiumSandbox: false, args: [...flags, ...more] });
}

/**
 * Opens a person's own window. The test fails with whatever the page reports as
 * an error: a mistake in a script, or something its policy has refused. What a
 * test causes itself it names in `expects`.
 */
export async function open(t, browser, { expects = [], cookies = true, ...options } = {}) {
  const context = await browser.newContext({ viewport: desk, locale: 'en-US', baseURL: fleet.site, reducedMotion: 'reduce', ...options });
  if (cookies) await context.addInitScript(() => localStorage.getItem('callanalyst.cookies') ?? localStorage.setItem('callanalyst.cookies', '{"analytics":false,"marketing":false}'));
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const reported = [];
  const report = (text) => expects.some((e) => e.test(text)) || reported.push(text);
  page.on('pageerror', (e) => report(`pageerror: ${e.message}`));
  page.on('console', (m) => m.type() === 'error' && report(`console: ${m.text()}`));
  t.after(async () => {
    await context.close();
    assert.deepEqual(reported, [], 'the page reported errors');
  });
  return page;
}

/** What a refusal by the API or the pool looks like in the console: the browser reports each. */
export const refused = /console: Failed to load resource: the server responded with a status of 4\d\d/;

/** A new address, and what waits for its mails. */
export function somebody(name) {
  return `${name}-${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}@example.com`;
}

/** Waits for the nth mail with a code to an address and returns the code. */
export async function code(email, n = 1) {
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((ok) => setTimeout(ok, 100))) {
    const { messages } = await (await fetch(`${fleet.inbox}/api/messages`)).json();
    const codes = messages.filter((m) => m.to.join(' ').toLowerCase() === email.toLowerCase()).map((m) => /\b\d{6}\b/.exec(m.text)?.[0]).filter(Boolean);
    if (codes.length >= n) return codes[codes.length - n];
  }
  throw new Error(`no mail ${n} with a code for ${email}`);
}

/** What an authenticator app shows, so many steps of 30 s from now. */
export function appCode(secret, steps = 0) {
  const bits = [...secret.replaceAll(/[ =]/g, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => Number.parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** Signs a new person up, through the pages, as far as the page that asks for the code. */
export async function signUp(page, email, { name = 'Ada Lovelace' } = {}) {
  await page.goto('/sign-up');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel(/I accept/).check();
  await page.getByLabel(/I am in the United States/).check();
  await page.getByRole('button', { name: 'Create the account' }).click();
  await page.getByRole('heading', { name: 'Look into your mail' }).waitFor();
}

/** Signs in through the page. */
export async function signIn(page, email, { secret = password } = {}) {
  await page.goto('/sign-in?next=/account');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(secret);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Goes to the account's page by the navigation. */
export async function toAccount(page) {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Account' }).click();
  await page.getByRole('heading', { name: 'Your account' }).waitFor();
}

/** Makes a new person, confirmed and signed in, on the account's page. */
export async function newcomer(page, name = 'newcomer') {
  const email = somebody(name);
  await signUp(page, email);
  await page.getByLabel('Code').fill(await code(email));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('Your address is confirmed').waitFor();
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await toAccount(page);
  return email;
}

/**
 * Looks at the page as it is: axe finds nothing, at 360 px nothing sticks out,
 * and with UPDATE_SCREENS=1 there is a picture of it, light and dark.
 */
export async function inspect(page, name) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await judge(page, `${name}, ${colorScheme}`);
    await picture(page, `${name}-${colorScheme}`);
  }
  await page.setViewportSize(phone);
  await fits(page, name);
  await page.setViewportSize(desk);
  await page.emulateMedia({ colorScheme: 'light' });
}

async function judge(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const problems = found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join('; ')}`);
  assert.deepEqual(problems, [], `axe on ${name}`);
}

async function fits(page, name) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${name} is ${wide} px too wide at ${phone.width} px`);
}

async function picture(page, name) {
  if (process.env.UPDATE_SCREENS !== '1') return;
  const folder = process.env.SCREENS ?? fileURLToPath(new URL('../../docs/screens', import.meta.url));
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true, animations: 'disabled' });
}
