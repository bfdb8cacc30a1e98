// Notetakers: all of them with a form to send one, or a single call being read.

import './notetaker.css';
import type { Page } from '../../view.ts';
import { callPage } from './call.ts';
import { listPage } from './list.ts';

export const page: Page = (ctx) => (ctx.query.get('bot') ? callPage(ctx) : listPage(ctx));
