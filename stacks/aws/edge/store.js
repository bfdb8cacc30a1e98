import cf from 'cloudfront';

// The list is in the store, under the key countries, with spaces between. What
// cannot be read lets nobody in: a mistake shows at once, and opens nothing.
async function countries() {
  try {
    return (await cf.kvs().get('countries')).toUpperCase().split(/[\s,]+/).filter((code) => code !== '');
  } catch (err) {
    console.log('geofence: the list of countries cannot be read: ' + err);
    return [];
  }
}
