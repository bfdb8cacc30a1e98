// geofence.js is the interim geofence while the site is still on Netlify: the
// same countries, the same open paths and the same page as on CloudFront.
const COUNTRIES = ['US', 'PR', 'GU', 'VI', 'AS', 'MP', 'UM'];

export default async (request, context) => {
  const country = (context.geo && context.geo.country && context.geo.country.code) || '';
  if (COUNTRIES.includes(country.toUpperCase())) return context.next();
  const headers = { 'cache-control': 'no-store', 'x-geofence': country === '' ? 'unknown' : 'blocked' };
  if (request.method !== 'GET' && request.method !== 'HEAD') return new Response(null, { status: 403, headers });
  return new Response(null, { status: 302, headers: { ...headers, location: '/blocked.html' } });
};

// Netlify matches these before the function runs: what everybody may read.
export const config = {
  path: '/*',
  excludedPath: ['/blocked.html', '/blocked/*', '/robots.txt', '/favicon.ico', '/.well-known/*', '/api/*', '/webhooks/*'],
};
