// geofence.js runs on CloudFront (runtime cloudfront-js-2.0) at viewer-request,
// in front of the site. Only visitors from the United States and its
// territories pass; everybody else is sent to the page that says so.
//
// It can only see the country when the behaviour's origin request policy asks
// for CloudFront-Viewer-Country. Without that header nobody passes: a wrong
// policy shows at once, and never lets the wrong visitor in.

// The territories have country codes of their own.
const COUNTRIES = ['US', 'PR', 'GU', 'VI', 'AS', 'MP', 'UM'];

// What everybody may read: the page that explains, what it is made of, and what
// machines ask of every site.
const FILES = ['/blocked.html', '/robots.txt', '/favicon.ico'];
const FOLDERS = ['/blocked/', '/.well-known/', '/api/', '/webhooks/'];

async function countries() {
  return COUNTRIES;
}

// plain reports whether no part of the path could lead out of its folder, in
// whatever way an origin may decode it.
function plain(uri) {
  return !uri.includes('..') && !uri.includes('\\') && !uri.includes('//') && !/%(25|2e|2f|5c|00)/i.test(uri);
}

function open(uri) {
  return plain(uri) && (FILES.includes(uri) || FOLDERS.some((folder) => uri.startsWith(folder)));
}

function country(headers) {
  const header = headers['cloudfront-viewer-country'];
  return header && header.value ? header.value.toUpperCase() : '';
}

// refusal sends a reader to the page. Whatever is not reading gets no redirect,
// which a client would follow with the wrong method.
function refusal(method, from) {
  const headers = { 'cache-control': { value: 'no-store' }, 'x-geofence': { value: from === '' ? 'unknown' : 'blocked' } };
  if (method !== 'GET' && method !== 'HEAD') {
    return { statusCode: 403, statusDescription: 'Forbidden', headers: headers };
  }
  headers.location = { value: '/blocked.html' };
  return { statusCode: 302, statusDescription: 'Found', headers: headers };
}

async function handler(event) {
  const request = event.request;
  if (open(request.uri)) return request;
  const from = country(request.headers);
  if ((await countries()).includes(from)) return request;
  return refusal(request.method, from);
}
