// site.js runs after the geofence. The bucket has files alone: a path without a
// file's ending is the application's own, and gets its page.
async function handler(event) {
  const answer = await fence(event);
  if (answer.statusCode !== undefined || answer.uri.startsWith('/.well-known/')) return answer;
  if (!answer.uri.split('/').pop().includes('.')) answer.uri = '/index.html';
  return answer;
}
