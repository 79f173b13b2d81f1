import { expect, test } from 'vitest';
import { render } from './document.ts';

test('a table is rendered as Markdown with what it is and how it was measured', () => {
  const table = {
    title: 'CPU',
    columns: ['way', 'us'],
    rows: [['own', '13']],
    note: 'Medians.',
  };
  expect(render(table)).toBe('**CPU**\n\n| way | us |\n| --- | --- |\n| own | 13 |\n\nMedians.\n');
});
