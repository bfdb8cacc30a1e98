import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { about, sendable, type Meeting } from './words.ts';

const meeting: Meeting = {
  event_id: 'e', title: 'Planning', start: '2026-12-01T15:00:00Z', end: '2026-12-01T15:30:00Z', meeting_url: 'https://meet.google.com/abc-defg-hij', bot: 'none', reason: '',
};

test('every reason of the API has words', () => {
  const document = readFileSync(join(process.cwd(), '..', 'docs', 'openapi.yaml'), 'utf8');
  const listed = /what is with it: ([a-z_,\s]+)\./.exec(document)?.[1]?.split(/[,\s]+/).filter(Boolean) ?? [];
  assert.ok(listed.length > 10, 'the document lists the reasons');
  for (const reason of listed) assert.notEqual(about({ ...meeting, reason }), 'No notetaker.', reason);
});

test('a reason that is new to us is no riddle', () => {
  assert.equal(about({ ...meeting, reason: 'eclipse' }), 'No notetaker.');
  assert.equal(about({ ...meeting, bot: 'scheduled', reason: '' }), 'A notetaker will join.');
  assert.equal(about({ ...meeting, bot: 'skipped', reason: 'eclipse' }), 'You skip this one.');
});

test('one is sent by hand only where that helps', () => {
  const rows: [Partial<Meeting>, boolean][] = [
    [{ reason: 'auto_join_off' }, true], [{ reason: 'stopped' }, true], [{ reason: 'no_link', meeting_url: '' }, false],
    [{ reason: 'bot_limit' }, false], [{ reason: 'pending' }, false], [{ bot: 'scheduled' }, false], [{ bot: 'skipped' }, false],
  ];
  for (const [given, want] of rows) assert.equal(sendable({ ...meeting, ...given }), want, JSON.stringify(given));
});
