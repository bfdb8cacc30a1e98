// The plan and paying for it, in a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inspect, launch, newcomer, open, refused } from './browser.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** What the stand-in's own pages report is not the site's. */
const theirs = /console: .*(favicon|404)/;

test('they pay, have their plan at once, and cancel it', async (t) => {
  const page = await open(t, browser, { expects: [refused, theirs] });
  await newcomer(page, 'payer');
  await page.getByRole('link', { name: 'Plan' }).click();
  await page.getByText('You are on the free plan.').waitFor();
  await inspect(page, 'plan-free');
  await page.getByRole('button', { name: 'Choose Pro' }).click();
  await page.getByRole('button', { name: /^Pay/ }).first().click();
  await page.getByText('Pro is yours from now on').waitFor();
  await page.getByText(/Your plan renews on/).waitFor();
  assert.equal(new URL(page.url()).pathname, '/checkout/success');
  await inspect(page, 'plan-pro');
  await page.getByRole('button', { name: 'Change, cancel, invoices' }).click();
  await page.getByRole('button', { name: /cancel/i }).first().click();
  await page.goto('/plan');
  await page.getByText(/Your plan ends on/).waitFor();
  await inspect(page, 'plan-ending');
});

test('whoever leaves the payment page pays nothing and can choose again', async (t) => {
  const page = await open(t, browser, { expects: [refused, theirs] });
  await newcomer(page, 'leaver');
  await page.goto('/checkout/canceled');
  await page.getByText('Nothing was charged.').waitFor();
  await page.getByText('I have a promotion code').click();
  await page.getByLabel('Promotion code').fill('NO-SUCH-CODE');
  await page.getByRole('button', { name: 'Choose Team' }).click();
  await page.getByRole('alert').getByText('not a code that is valid now').waitFor();
});

test('a plan that cannot be loaded says so, and is tried again', async (t) => {
  const page = await open(t, browser, { expects: [/console: Failed to load resource/] });
  await newcomer(page, 'offline');
  await page.route('**/api/entitlement', (route) => route.abort());
  await page.goto('/plan');
  await page.getByRole('alert').getByText('We could not be reached.').waitFor();
  await page.unroute('**/api/entitlement');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('You are on the free plan.').waitFor();
});
