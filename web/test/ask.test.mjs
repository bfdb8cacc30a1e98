// Asking, in a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inspect, launch, newcomer, open, refused } from './browser.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** A server's answer that the page cannot have: the API is not there. */
const failed = /console: Failed to load resource/;

const problem = (status, code) => ({
  status, contentType: 'application/problem+json', headers: { 'Retry-After': '5' },
  body: JSON.stringify({ type: `https://callanalyst.app/errors#${code}`, title: 'x', status, code, detail: 'x', request_id: 'test-request' }),
});

test('an answer is written, and the quota goes down', async (t) => {
  const page = await open(t, browser, { expects: [refused] });
  await newcomer(page, 'asker');
  await page.getByRole('link', { name: 'Ask' }).click();
  await page.getByText('20 of 20 questions left').waitFor();
  await page.getByText('Answers appear here').waitFor();
  await inspect(page, 'ask-empty');
  await page.getByLabel('Your question').fill('What does <b>churn</b> mean?');
  await page.getByRole('button', { name: 'Ask' }).click();
  await page.getByRole('heading', { name: 'What does <b>churn</b> mean?' }).waitFor();
  await page.getByText('19 of 20 questions left').waitFor();
  const answer = page.locator('.answer').first();
  assert.match(await answer.innerText(), /churn/);
  assert.equal(await answer.getAttribute('aria-busy'), 'false');
  assert.equal(await page.locator('.answer b, .asked b').count(), 0, 'markup of an answer is text');
  await inspect(page, 'ask');
});

test('an answer can be stopped, and asked for again', async (t) => {
  const page = await open(t, browser, { expects: [refused] });
  await newcomer(page, 'stopper');
  await page.route('**/api/ask', async (route) => { await new Promise((ok) => setTimeout(ok, 1500)); await route.continue().catch(() => undefined); });
  await page.goto('/ask');
  await page.getByLabel('Your question').fill('Why?');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('You stopped this answer').waitFor();
  await page.unroute('**/api/ask');
  await page.getByRole('button', { name: 'Ask again' }).click();
  await page.locator('.answer[aria-busy=false]').first().getByText('Why?').waitFor();
});

test('an answer that breaks off says so, and so does one that never comes', async (t) => {
  const page = await open(t, browser, { expects: [failed] });
  await newcomer(page, 'unlucky');
  await page.goto('/ask');
  await page.route('**/api/ask', (route) => route.fulfill(problem(503, 'UPSTREAM_UNAVAILABLE')));
  await page.getByLabel('Your question').fill('Is anybody there?');
  await page.getByRole('button', { name: 'Ask' }).click();
  await page.getByRole('alert').getByText('A service we need did not answer.').waitFor();
  await page.getByText('request test-request').waitFor();
  await page.unroute('**/api/ask');
  await page.route('**/api/ask', (route) => route.fulfill({
    status: 200, contentType: 'text/event-stream',
    body: 'event: meta\ndata: {"request_id":"r","provider":"openai","model":"m"}\n\nevent: delta\ndata: {"text":"It is"}\n\n',
  }));
  await page.getByRole('button', { name: 'Ask again' }).first().click();
  await page.getByText('only the beginning').waitFor();
  assert.equal(await page.getByRole('article').count(), 1, 'what is asked again takes the place of the first try');
  await inspect(page, 'ask-broken');
  await page.unroute('**/api/ask');
  await page.route('**/api/ask', (route) => route.fulfill(problem(429, 'QUOTA_EXCEEDED')));
  await page.getByRole('button', { name: 'Ask again' }).first().click();
  await page.getByRole('alert').getByRole('link', { name: 'See the plans' }).first().waitFor();
  await page.unroute('**/api/ask');
  await page.route('**/api/ask', (route) => route.abort());
  await page.getByLabel('Your question').fill('And now?');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.getByRole('alert').getByText('We could not be reached.').waitFor();
});
