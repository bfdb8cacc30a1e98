export { page } from './ask/page.ts';
