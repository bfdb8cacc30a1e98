export { page } from './notetaker/page.ts';
