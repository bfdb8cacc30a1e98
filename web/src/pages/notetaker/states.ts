// A bot's state in one word; the API says the rest in its status_text.

import type { Schema } from '../../api/client.ts';
import { html, type TemplateResult } from '../../view.ts';

const over = new Set(['done', 'fatal', 'failed', 'cancelled']);

/** Whether a notetaker will do nothing any more. */
export function isOver(status: string): boolean {
  return over.has(status);
}

/** Whether there may be something to read. */
export function hasNotes(status: string): boolean {
  return !['requested', 'scheduled', 'joining_call', 'in_waiting_room', 'failed', 'cancelled'].includes(status);
}

const tags: Record<string, [string, string]> = {
  requested: ['Asking', ''],
  scheduled: ['Scheduled', ''],
  joining_call: ['Joining', ''],
  in_waiting_room: ['Waiting room', 'warn'],
  in_call_not_recording: ['In the call', 'warn'],
  in_call_recording: ['Taking notes', 'good'],
  recording_permission_allowed: ['Taking notes', 'good'],
  recording_permission_denied: ['Not allowed', 'bad'],
  call_ended: ['Finishing', ''],
  recording_done: ['Finishing', ''],
  done: ['Done', ''],
  fatal: ['Failed', 'bad'],
  failed: ['Failed', 'bad'],
  cancelled: ['Called off', ''],
};

/** The state as a tag; one that is new to us is somewhere in the call. */
export function tag(status: string): TemplateResult {
  const [text, kind] = tags[status] ?? ['In the call', ''];
  return html`<span class=${`tag ${kind}`}>${text}</span>`;
}

/** What a call is called. */
export function nameOf(b: Pick<Schema<'Bot'>, 'title' | 'meeting_url'>): string {
  if (b.title) return b.title;
  const host = URL.canParse(b.meeting_url) ? new URL(b.meeting_url).hostname : '';
  const service = [['zoom.', 'Zoom'], ['meet.google.', 'Google Meet'], ['teams.', 'Microsoft Teams'], ['webex.', 'Webex']].find(([part]) => host.includes(part ?? ''));
  return service ? `${service[1]} call` : 'Call';
}

/** A moment as people in the United States write it. */
export function moment(at: string): string {
  return new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));
}
