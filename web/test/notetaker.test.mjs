// Notetakers, in a real browser, in the pretend meetings of the local fleet.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inspect, launch, newcomer, open, refused } from './browser.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

test('they send a notetaker, read along, take it out and ask about the call', async (t) => {
  const page = await open(t, browser, { expects: [refused] });
  await newcomer(page, 'sender');
  await page.getByRole('link', { name: 'Notetaker' }).click();
  await page.getByText('No notetaker yet.').waitFor();
  await inspect(page, 'notetaker-empty');
  await page.getByLabel('Link of the meeting').fill('https://zoom.us/j/84335626851?pwd=a1B2');
  await page.getByText('A title, or a later time').click();
  await page.getByLabel('Title').fill('Standup');
  await page.getByRole('button', { name: 'Send the notetaker' }).click();
  await page.getByRole('heading', { level: 1, name: 'Standup' }).waitFor();
  const said = page.getByRole('log', { name: 'Transcript' });
  await said.getByRole('listitem').nth(1).waitFor({ timeout: 45_000 });
  await inspect(page, 'notetaker-call');
  await page.getByRole('button', { name: 'Leave the call' }).click();
  await page.getByText('You called the notetaker off.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Leave the call' }).count(), 0);
  const seen = await said.getByRole('listitem').allInnerTexts();
  assert.equal(new Set(seen).size, seen.length, 'nothing is there twice');
  await page.getByRole('link', { name: 'Ask about this call' }).click();
  await page.getByLabel('Your question').fill('What was said first?');
  assert.match(await page.getByLabel('About').locator('option:checked').innerText(), /Standup/);
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.getByText(/About the call “Standup/).waitFor();
  await page.locator('.answer[aria-busy=false]').first().getByText(/In this call/).waitFor();
  await page.getByRole('link', { name: 'Notetaker' }).click();
  await page.getByRole('link', { name: 'Standup' }).waitFor();
  await inspect(page, 'notetaker');
});

test('what is said goes on after the API was away', async (t) => {
  const page = await open(t, browser, { expects: [/console: Failed to load resource/] });
  await newcomer(page, 'patient');
  let asked = 0;
  await page.route('**/api/recall/chunks**', (route) => {
    asked += 1;
    if (asked === 2) return route.abort();
    const seq = asked === 1 ? 1 : 2;
    const chunk = { seq, speaker: 'Ann Okafor', text: `Line ${seq} <i>here</i>`, start_ms: seq * 1000, end_ms: seq * 1000 + 500 };
    return route.fulfill({ json: { chunks: [chunk], next: seq, more: false, status: seq === 2 ? 'done' : 'in_call_recording', status_text: 'x', poll_after_ms: seq === 2 ? 0 : 200 } });
  });
  await page.goto('/notetaker?bot=bot_x');
  await page.getByText('Line 1 <i>here</i>').waitFor();
  await page.getByRole('alert').getByText('We could not be reached.').waitFor();
  await page.getByText('Line 2 <i>here</i>').waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
  assert.equal(await page.locator('.speaker').count(), 1, 'one who goes on speaking is named once');
  await page.getByText('Done').waitFor();
});

test('a link that is no meeting is refused, and a call of nobody is not found', async (t) => {
  const page = await open(t, browser, { expects: [refused] });
  await newcomer(page, 'mistaken');
  await page.goto('/notetaker');
  await page.getByLabel('Link of the meeting').fill('https://example.com/lunch');
  await page.getByRole('button', { name: 'Send the notetaker' }).click();
  await page.getByRole('alert').getByText('Zoom, Google Meet, Microsoft Teams or Webex').waitFor();
  await page.goto('/notetaker?bot=bot_of_nobody');
  await page.getByRole('alert').getByText('There is no such thing here.').waitFor();
});
