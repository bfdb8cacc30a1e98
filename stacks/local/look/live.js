// Puts fresh fragments into the page. Focus and open details are kept, and a
// fragment in which text is being selected waits for the next one.
const page = document.body;
const state = document.getElementById('live');

function say(text, on) {
  if (!state) return;
  state.textContent = text;
  state.classList.toggle('off', !on);
}

function selecting(element) {
  const s = document.getSelection();
  return s && !s.isCollapsed && s.anchorNode && element.contains(s.anchorNode);
}

function put(element, html) {
  const focused = element.contains(document.activeElement) ? document.activeElement.id : '';
  const open = [...element.querySelectorAll('details[open][id]')].map((d) => d.id);
  const box = element.querySelector('[data-end]');
  const atEnd = !box || box.scrollTop + box.clientHeight >= box.scrollHeight - 4;
  const top = box ? box.scrollTop : 0;
  element.innerHTML = html;
  for (const id of open) document.getElementById(id)?.setAttribute('open', '');
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  const fresh = element.querySelector('[data-end]');
  if (fresh) fresh.scrollTop = atEnd ? fresh.scrollHeight : top;
}

for (const box of document.querySelectorAll('[data-end]')) box.scrollTop = box.scrollHeight;

if (page.dataset.live) {
  const events = new EventSource(page.dataset.live);
  events.onopen = () => say('live', true);
  events.onerror = () => say('not connected: is the fleet running?', false);
  events.onmessage = (event) => {
    const fragment = JSON.parse(event.data);
    const element = document.getElementById(fragment.id);
    if (element && !selecting(element)) put(element, fragment.html);
  };
}
