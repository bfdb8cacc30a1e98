export { page } from './calendar/page.ts';
