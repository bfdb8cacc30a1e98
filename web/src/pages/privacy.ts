// The privacy notice. What is said of the site's own storage is true of this
// code; the rest is the operator's to write.

import { html, type Page } from '../view.ts';

export const page: Page = () => ({
  title: 'Privacy',
  body: () => html`<article class="card text"><h1>Privacy notice</h1>
    <p class="alert warn"><strong>For the operator:</strong> this text holds the place of yours. What it says of this site’s storage is what the code does.</p>
    <h2>What your browser keeps for us</h2>
    <ul>
      <li>Your session, sealed under a key that never leaves this device: until you sign out, at most 30 days.</li>
      <li>Your choice about cookies, until you clear the site’s data.</li>
      <li>The address a code was sent to, until you close the tab.</li>
      <li>While you connect a calendar: one cookie that ties the permission to this browser.</li>
    </ul>
    <h2>Cookies of your choice</h2>
    <p><strong>Analytics</strong> would tell us which pages are used. <strong>Marketing</strong> would tell us which advertisement brought you. This site loads nothing for either today; your choice is on record for the day it would.
      <button type="button" class="link" data-cookies>Change your choice</button></p>
    <h2>What we keep</h2>
    <p>Your profile, what you agreed to and when, your plan, your notetakers and what they wrote down. Payments are with Stripe, recordings pass through Recall.ai, and questions go to a language model with the part of the transcript they are about.</p>
    <h2>Your rights</h2><p>Your account’s page exports all of it as one file, and deletes all of it.</p></article>`,
});
