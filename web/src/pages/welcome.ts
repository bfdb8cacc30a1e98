// The first page: what this is, and the two ways in.

import { html, type Page } from '../view.ts';
import { icon } from '../ui/icon.ts';

const points = [
  { icon: 'notetaker', title: 'It joins and listens', text: 'Paste a meeting link, or let your calendar send the notetaker by itself.' },
  { icon: 'ask', title: 'You ask, it answers', text: '“What did we promise?” Answers come from the call itself, as you watch.' },
  { icon: 'plan', title: 'You stay in charge', text: 'Stop a notetaker at any moment. Take your data with you, or delete it all.' },
] as const;

export const page: Page = () => ({
  title: 'Your calls, written down and answered',
  body: () => html`
    <section class="hero">
      <h1>Know what was said in every call.</h1>
      <p class="lead">Call Analyst joins your meetings, writes down who said what, and answers your questions about it.</p>
      <p class="row"><a class="button" href="/sign-up">Create an account</a><a class="button plain" href="/sign-in">Sign in</a></p>
      <p class="soft small">Available in the United States only.</p>
    </section>
    <section class="points" aria-label="What it does">
      ${points.map((p) => html`<div class="card">${icon(p.icon)}<h2>${p.title}</h2><p class="soft">${p.text}</p></div>`)}
    </section>`,
});
