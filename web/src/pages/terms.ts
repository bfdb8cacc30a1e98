// The terms. The words are the operator's to write; the version is the one that
// a sign-up accepts.

import { dayOf } from '../ui/day.ts';
import { html, type Page } from '../view.ts';

export const page: Page = (ctx) => ({
  title: 'Terms',
  body: () => html`<article class="card text"><h1>Terms of service</h1>
    <p class="soft">In force from ${dayOf(ctx.config.tos_version)}</p>
    <p class="alert warn"><strong>For the operator:</strong> this text holds the place of yours. Have a lawyer write it before anybody signs up.</p>
    <h2>What you get</h2><p>An account with which you send notetakers into meetings, read what they wrote down, and ask questions about it, within the limits of your plan.</p>
    <h2>Where</h2><p>The service is for people in the United States and its territories.</p>
    <h2>Other people’s words</h2><p>Many states ask that everybody in a call agrees to its recording. You tell the people in your meetings that a notetaker is there.</p>
    <h2>What it costs</h2><p>The plans and their prices are on the plan page. A subscription goes on until you cancel it; what is paid stays yours until the end of its period.</p>
    <h2>How it ends</h2><p>You can export or delete everything at any time, on your account’s page.</p></article>`,
});
