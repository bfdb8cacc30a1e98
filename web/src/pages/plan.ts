export { page } from './plan/page.ts';
