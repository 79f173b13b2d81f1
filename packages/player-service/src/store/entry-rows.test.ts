import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EntryRows, entryOf } from './entry-rows.ts';
import { entry, GUILD } from './fixtures/sample-guild.ts';
import type { EntryTable } from './schema.ts';
import type { StoredEntry } from './stored-guild.ts';

/** A guild's rows and the table that they are written to. */
class Written {
  readonly rows = new EntryRows(GUILD);
  readonly table = new Map<number, EntryTable>();

  /** @returns How many rows were written. */
  save(entries: readonly StoredEntry[]): number {
    const { upserts, deletedRowIds, accept } = this.rows.changesTo(entries);
    for (const id of deletedRowIds) this.table.delete(id);
    for (const row of upserts) this.table.set(row.row_id, row);
    accept();
    return upserts.length + deletedRowIds.length;
  }

  get entries(): StoredEntry[] {
    return [...this.table.values()].sort((a, b) => a.rank - b.rank).map(entryOf);
  }
}

const names = (count: number) => Array.from({ length: count }, (_, index) => entry(`e${index}`));

test('whatever is done to a list, the rows show it', () => {
  const all = names(12);
  const steps = fc.array(fc.shuffledSubarray(all), { maxLength: 40 });
  fc.assert(
    fc.property(steps, (lists) => {
      const written = new Written();
      for (const list of lists) {
        written.save(list);
        expect(written.entries).toEqual(list);
      }
    }),
  );
});

test('a change that is not accepted was never made', () => {
  const written = new Written();
  const [a, b, c] = names(3) as [StoredEntry, StoredEntry, StoredEntry];
  written.save([a, b]);
  written.rows.changesTo([c, a]);
  written.save([b, c]);
  expect(written.entries).toEqual([b, c]);
});

test('of five thousand entries, what is added, taken, moved or played is all that is written', () => {
  const written = new Written();
  const list = names(5_000);
  written.save(list);
  expect(written.save([...list, entry('last')])).toBe(1);
  expect(written.save(list)).toBe(1);
  const [first, ...others] = list as [StoredEntry, ...StoredEntry[]];
  expect(written.save(others)).toBe(1);
  expect(written.save([...others.slice(0, 100), first, ...others.slice(100)])).toBe(1);
  expect(written.save([...others.slice(0, 4_000), first, ...others.slice(4_000)])).toBe(1);
});

test('between two neighbours there is room for any number, one after another', () => {
  const written = new Written();
  const [a, b] = names(2) as [StoredEntry, StoredEntry];
  let list = [a, b];
  for (let index = 0; index < 200; index++) {
    list = [a, entry(`n${index}`), ...list.slice(1)];
    written.save(list);
  }
  expect(written.entries).toEqual(list);
});

test('an entry that stands in the list twice is a bug', () => {
  const written = new Written();
  const [a, b] = names(2) as [StoredEntry, StoredEntry];
  expect(() => written.save([a, a])).toThrow('twice');
  written.save([a, b]);
  expect(() => written.save([a, b, a])).toThrow('twice');
});
