// Forms: fields with their labels and errors, a button that shows that it works,
// and the one way in which a form is sent.

import { isAbort, problemOf } from '../problem.ts';
import { html, nothing, type Context, type TemplateResult } from '../view.ts';

/** The state of one form. A page keeps it and hands it to what it draws. */
export interface Work {
  busy: boolean;
  error?: unknown;
}

/** Handles a form's submit: one at a time, with its error kept for the alert. */
export function submit(ctx: Context, work: Work, send: (form: FormData, element: HTMLFormElement) => Promise<void>): (e: SubmitEvent) => Promise<void> {
  return async (e) => {
    e.preventDefault();
    const form = e.currentTarget as HTMLFormElement;
    await run(ctx, work, () => send(new FormData(form), form));
    if (work.error === undefined || ctx.signal.aborted) return;
    form.querySelector<HTMLElement>('[aria-invalid=true], input:not([type=hidden])')?.focus();
  };
}

/** Does something that may fail, and draws the page before and after. */
export async function run(ctx: Context, work: Work, does: () => Promise<void>): Promise<void> {
  if (work.busy) return;
  work.busy = true;
  delete work.error;
  ctx.update();
  try {
    await does();
  } catch (error) {
    if (isAbort(error)) return;
    work.error = error;
    if (problemOf(error).code === 'UNEXPECTED') console.error(error); // a developer's only trace of it
  } finally {
    work.busy = false;
    ctx.update();
  }
}

/** A text of a form, without the spaces around it. */
export function text(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

/** A secret of a form, as it was typed. */
export function secret(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

/** What a field is made of. */
export interface Field {
  name: string;
  label: string;
  type?: 'text' | 'email' | 'password' | 'url';
  autocomplete?: AutoFill;
  value?: string;
  hint?: string | TemplateResult;
  error?: string | undefined;
  required?: boolean;
  inputmode?: 'numeric' | 'email' | 'url' | 'text';
  pattern?: string;
  maxlength?: number;
  /** What the browser says of a value that does not fit the pattern. */
  title?: string;
  input?: (value: string) => void;
}

/** A field with its label, hint and error, tied together for screen readers. */
export function field(f: Field): TemplateResult {
  const described = [f.hint ? `${f.name}-hint` : '', f.error ? `${f.name}-error` : ''].filter(Boolean).join(' ');
  return html`<div class="field">
    <label for=${f.name}>${f.label}${f.required === false ? html` <span class="soft">(optional)</span>` : nothing}</label>
    <input id=${f.name} name=${f.name} type=${f.type ?? 'text'} .defaultValue=${f.value ?? ''} autocomplete=${f.autocomplete ?? 'off'}
      inputmode=${f.inputmode ?? nothing} pattern=${f.pattern ?? nothing} maxlength=${f.maxlength ?? nothing} title=${f.title ?? nothing}
      ?required=${f.required !== false} aria-invalid=${f.error ? 'true' : nothing} aria-describedby=${described || nothing}
      autocapitalize=${f.type === 'email' || f.type === 'password' ? 'none' : nothing} spellcheck=${f.type ? 'false' : nothing}
      @input=${f.input ? (e: InputEvent) => f.input?.((e.target as HTMLInputElement).value) : nothing}>
    ${f.hint ? html`<div class="hint" id=${`${f.name}-hint`}>${f.hint}</div>` : nothing}
    ${f.error ? html`<p class="wrong" id=${`${f.name}-error`}>${f.error}</p>` : nothing}
  </div>`;
}

/** A six-digit code, which phones offer to fill in from the mail or the app. */
export function codeField(label: string, hint: string): TemplateResult {
  return field({ name: 'code', label, hint, autocomplete: 'one-time-code', inputmode: 'numeric', pattern: ' *\\d{3} ?\\d{3} *', maxlength: 9, title: 'Six digits' });
}

/** A box to tick. */
export function check(name: string, label: string | TemplateResult, options: { checked?: boolean; required?: boolean; hint?: string; change?: (on: boolean) => void } = {}): TemplateResult {
  return html`<div class="check">
    <input type="checkbox" id=${name} name=${name} ?checked=${options.checked ?? false} ?required=${options.required ?? false}
      aria-describedby=${options.hint ? `${name}-hint` : nothing}
      @change=${(e: Event) => options.change?.((e.target as HTMLInputElement).checked)}>
    <label for=${name}>${label}</label>
    ${options.hint ? html`<div class="hint" id=${`${name}-hint`}>${options.hint}</div>` : nothing}
  </div>`;
}

/** The button that sends a form; while it works it says so and cannot be pressed again. */
export function button(label: string, work: Work, options: { kind?: '' | 'plain' | 'danger'; click?: () => void; name?: string } = {}): TemplateResult {
  return html`<button class=${`button ${options.kind ?? ''}`} type=${options.click ? 'button' : 'submit'} aria-disabled=${work.busy ? 'true' : nothing}
    name=${options.name ?? nothing} @click=${options.click ? () => !work.busy && options.click?.() : nothing}>
    ${work.busy ? html`<span class="spinner" aria-hidden="true"></span>` : nothing}${label}</button>`;
}
