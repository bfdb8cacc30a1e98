// After an account was deleted.

import { html, type Page } from '../view.ts';

export const page: Page = () => ({
  title: 'Your account is deleted',
  body: () => html`<section class="card narrow"><h1>Your account is deleted</h1>
    <p class="lead">Your profile, your transcripts and your connections are gone, and nothing is charged any more. A mail confirms it.</p>
    <p>What the law makes us keep, such as receipts of payments, stays with our payment provider for as long as it must.</p>
    <p><a href="/">To the start</a></p></section>`,
});
