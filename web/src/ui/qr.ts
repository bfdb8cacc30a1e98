// A QR code as one path, so that nothing but our own template is drawn and no
// service learns the secret.

import { encode } from 'uqr';
import { html, type TemplateResult } from '../view.ts';

/** The picture of a text. */
export function qrCode(text: string): TemplateResult {
  const { data, size } = encode(text, { border: 2 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return html`<svg class="qr" viewBox=${`0 0 ${size} ${size}`} role="img" aria-label="QR code with the key for your authenticator app" shape-rendering="crispEdges"><path d=${path}></path></svg>`;
}
