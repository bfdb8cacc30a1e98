// The whole story, as one person lives it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fleet, launch, newcomer, open, refused, signIn } from './browser.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** What the stand-ins' own pages report is not the site's. */
const theirs = /console: .*(favicon|404)/;
const account = 'story@gmail.example';

test('from the first visit to the last', { timeout: 300_000 }, async (t) => {
  const page = await open(t, browser, { expects: [refused, theirs] });
  const email = await newcomer(page, 'story');
  await pays(page);
  await asks(page);
  await connects(page);
  await plans(page);
  await followsTheCall(page);
  await asksAboutIt(page);
  await cancels(page);
  await leaves(page, email);
});

const link = (page, name) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name });

async function pays(page) {
  await link(page, 'Plan').click();
  await page.getByRole('button', { name: 'Choose Pro' }).click();
  await page.getByRole('button', { name: /^Pay/ }).first().click();
  await page.getByText('Pro is yours from now on').waitFor();
}

async function asks(page) {
  await link(page, 'Ask').click();
  await page.getByLabel('Your question').fill('What should I prepare for a renewal call?');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.locator('.answer[aria-busy=false]').first().getByText(/renewal/).waitFor();
}

async function connects(page) {
  await link(page, 'Calendar').click();
  await page.getByRole('button', { name: 'Connect with Google' }).click();
  await page.getByLabel('Your account').fill(account);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('Your calendar is connected.').waitFor();
}

/** Puts a meeting of the next minute into the calendar, in Google, and has its notetaker sent. */
async function plans(page) {
  const google = await page.context().newPage();
  await google.goto(`${fleet.google}/_calendar?email=${encodeURIComponent(account)}`);
  await google.getByLabel('Title').fill('Renewal with Acme');
  await google.getByLabel('Start, in UTC').fill(new Date(Date.now() + 60_000).toISOString().slice(0, 16));
  await google.getByLabel('Guests').fill('acme@example.com');
  await google.getByRole('button', { name: 'Add' }).click();
  await google.getByText('Added').waitFor();
  await google.close();
  await page.getByLabel('Notetakers join my meetings by themselves').check();
  await page.getByText('Saved').waitFor();
  await tick();
  await page.getByText('Renewal with Acme').waitFor();
}

/** The schedule's next tick, which need not be waited for. */
async function tick() {
  const answer = await fetch(`${fleet.aws}/2015-03-31/functions/calendar-poll/invocations`, { method: 'POST', body: '{}' });
  assert.equal(answer.status, 200, 'calendar-poll is invoked');
}

async function followsTheCall(page) {
  const call = page.getByRole('link', { name: 'Renewal with Acme' });
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    await link(page, 'Notetaker').click();
    await page.reload();
    if (await call.waitFor({ timeout: 3000 }).then(() => true, () => false)) break;
  }
  await call.click();
  const said = page.getByRole('log', { name: 'Transcript' });
  await said.getByRole('listitem').nth(1).waitFor({ timeout: 120_000 });
  await page.getByRole('button', { name: 'Leave the call' }).click();
  await page.getByText('You called the notetaker off.').waitFor();
}

async function asksAboutIt(page) {
  await page.getByRole('link', { name: 'Ask about this call' }).click();
  await page.getByLabel('Your question').fill('What was said first?');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.locator('.answer[aria-busy=false]').first().getByText(/In this call/).waitFor();
}

async function cancels(page) {
  await link(page, 'Plan').click();
  await page.getByRole('button', { name: 'Change, cancel, invoices' }).click();
  await page.getByRole('button', { name: /cancel/i }).first().click();
  await page.goto('/plan');
  await page.getByText(/Your plan ends on/).waitFor();
}

async function leaves(page, email) {
  await link(page, 'Account').click();
  await page.getByRole('button', { name: 'Delete my account' }).click();
  await page.getByLabel('Type the word delete').fill('delete');
  await page.getByRole('button', { name: 'Delete it all now' }).click();
  await page.getByRole('heading', { name: 'Your account is deleted' }).waitFor();
  await signIn(page, email);
  await page.getByRole('alert').getByText('do not fit together').waitFor();
  const { messages } = await (await fetch(`${fleet.inbox}/api/messages`)).json();
  const told = messages.filter((m) => m.to.includes(email)).map((m) => m.subject);
  assert.ok(told.some((s) => /deleted/i.test(s)), `a mail confirms it: ${told.join('; ')}`);
}
