// The calendar, in a real browser, with the local fleet's Google.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inspect, launch, newcomer, open, refused } from './browser.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** What the stand-in's own pages report is not the site's. */
const theirs = /console: .*(favicon|404)/;

test('they connect a calendar, set rules and disconnect it', async (t) => {
  const page = await open(t, browser, { expects: [refused, theirs] });
  await newcomer(page, 'planner');
  await page.getByRole('link', { name: 'Calendar' }).click();
  await page.getByRole('button', { name: 'Connect with Google' }).waitFor();
  await inspect(page, 'calendar-none');
  await page.getByRole('button', { name: 'Connect with Google' }).click();
  await page.getByLabel('Your account').fill('planner@gmail.example');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('Your calendar is connected.').waitFor();
  assert.equal(new URL(page.url()).search, '', 'the address says nothing that a reload would repeat');
  await page.getByRole('heading', { name: 'Coming up' }).waitFor();
  await page.getByLabel('Notetakers join my meetings by themselves').check();
  await page.getByText('Saved').waitFor();
  await page.getByLabel('that I organize').check();
  await page.getByText('Saved').waitFor();
  await inspect(page, 'calendar');
  await page.reload();
  assert.equal(await page.getByLabel('that I organize').isChecked(), true);
  await page.getByRole('button', { name: 'Disconnect the calendar' }).click();
  await page.getByRole('button', { name: 'Disconnect now' }).click();
  await page.getByRole('button', { name: 'Connect with Google' }).waitFor();
});

test('whoever says no to Google reads that nothing is connected', async (t) => {
  const page = await open(t, browser, { expects: [refused, theirs] });
  await newcomer(page, 'denier');
  await page.goto('/calendar');
  await page.getByRole('button', { name: 'Connect with Google' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('You said no on Google’s page').waitFor();
  await page.goto('/calendar?calendar=error&code=CALENDAR_SCOPE_MISSING');
  await page.getByRole('alert').getByText('The tick for the calendar was missing').waitFor();
});

const meeting = (id, title, bot, reason, url = 'https://meet.google.com/abc-defg-hij') => ({
  event_id: id, title, start: '2099-12-01T15:00:00Z', end: '2099-12-01T15:30:00Z', meeting_url: url, bot, reason,
});
const connection = {
  connected: true, state: 'active', email: 'planner@gmail.example', auto_join: true, bot_name: '', synced_at: '2026-11-21T22:00:00Z',
  rules: { only_accepted: false, only_with_others: true, only_mine: false },
  upcoming: [meeting('a', 'Weekly planning', 'scheduled', ''), meeting('b', 'One on one', 'skipped', ''), meeting('c', 'Budget', 'none', 'auto_join_off'), meeting('d', '', 'none', 'no_link', '')],
};

test('each meeting says what its notetaker does, and can be skipped', async (t) => {
  const page = await open(t, browser, { expects: [refused] });
  await newcomer(page, 'skipper');
  let now = connection;
  await page.route('**/api/calendar', async (route) => {
    const change = route.request().method() === 'PATCH' ? route.request().postDataJSON() : null;
    if (change?.skip?.b !== undefined) return route.fulfill({ status: 409, contentType: 'application/problem+json', body: JSON.stringify({ code: 'CALENDAR_CHANGED', request_id: 'r' }) });
    if (change?.skip?.a) now = { ...now, upcoming: [meeting('a', 'Weekly planning', 'skipped', ''), ...now.upcoming.slice(1)] };
    return route.fulfill({ json: now });
  });
  await page.goto('/calendar');
  await page.getByText('You skip this one.').waitFor();
  await page.getByText('It has no link that a notetaker can use.').waitFor();
  assert.equal(await page.locator('.meeting').nth(3).getByRole('button').count(), 0, 'nothing to press where nothing helps');
  await inspect(page, 'calendar-upcoming');
  await page.getByRole('button', { name: 'Skip: Weekly planning' }).click();
  await page.getByRole('button', { name: 'Join after all: Weekly planning' }).waitFor();
  await page.getByRole('button', { name: 'Join after all: One on one' }).click();
  await page.getByRole('alert').getByText('changed somewhere else').waitFor();
  await page.unroute('**/api/calendar');
  await page.route('**/api/calendar', (route) => route.fulfill({ json: { ...connection, connected: false, state: 'revoked', upcoming: [] } }));
  await page.reload();
  await page.getByText('Google no longer lets us see the calendar of planner@gmail.example').waitFor();
  await inspect(page, 'calendar-revoked');
});
