export { page } from './account/page.ts';
