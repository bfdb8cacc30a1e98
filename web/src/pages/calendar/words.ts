// Why a meeting has no notetaker, in words.

import type { Schema } from '../../api/client.ts';

export type Meeting = Schema<'Meeting'>;

const reasons: Record<string, string> = {
  no_link: 'It has no link that a notetaker can use.',
  declined: 'You declined it.',
  auto_join_off: 'Notetakers do not join by themselves.',
  not_accepted: 'You have not accepted it, and your rules ask for that.',
  alone: 'Nobody else is invited, and your rules ask for that.',
  not_mine: 'It is not yours, and your rules ask for that.',
  too_late: 'It was added too late to be joined.',
  stopped: 'You called the notetaker off.',
  bot_limit: 'All the notetakers of your plan are taken at that time.',
  hours_used_up: 'This month’s hours of notetakers are used up.',
  refused: 'A notetaker cannot join it. Check the link.',
  terms: 'Our terms need your agreement first.',
  locked: 'Your account is on hold.',
  retrying: 'The notetaker service does not answer; we keep trying.',
  pending: 'This is being looked at; it takes a minute or two.',
};

/** What a meeting's line says of its notetaker. */
export function about(m: Meeting): string {
  if (m.bot === 'scheduled') return m.reason ? (reasons[m.reason] ?? 'A notetaker will join.') : 'A notetaker will join.';
  if (m.bot === 'skipped') return 'You skip this one.';
  return reasons[m.reason] ?? 'No notetaker.';
}

/** Whether sending one by hand would help. */
export function sendable(m: Meeting): boolean {
  return m.bot === 'none' && m.meeting_url !== '' && !['no_link', 'refused', 'locked', 'terms', 'pending', 'retrying', 'bot_limit', 'hours_used_up'].includes(m.reason);
}

/** A meeting's time: Mon, Dec 1, 3:00 – 3:30 PM. */
export function period(m: Meeting): string {
  return new Intl.DateTimeFormat('en-US', { weekday: 'short', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' }).formatRange(new Date(m.start), new Date(m.end));
}
