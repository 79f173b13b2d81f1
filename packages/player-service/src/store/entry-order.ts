/** Between two neighbours at first; halved with each entry put between them. */
const GAP = 1_024;

/**
 * Ranks for a list, strictly increasing, changing as few of the known ones as possible: whoever moves one entry of
 * five thousand writes one row.
 *
 * @param known - The rank each place has already; `undefined` for what is new.
 */
export function ranksInOrder(known: readonly (number | undefined)[]): number[] {
  const kept = longestIncreasing(known);
  const ranks: number[] = [];
  let start = 0;
  for (let index = 0; index <= known.length; index++) {
    const rank = known[index];
    if (index < known.length && !(rank !== undefined && kept.has(index))) continue;
    fill(ranks, index - start, rank);
    if (rank !== undefined) ranks.push(rank);
    start = index + 1;
  }
  const isOrdered = ranks.every((rank, index) => index === 0 || rank > (ranks[index - 1] as number));
  return isOrdered ? ranks : known.map((_rank, index) => index * GAP); // no room left somewhere: begin anew
}

/** Appends so many ranks below the given one. */
function fill(ranks: number[], count: number, below: number | undefined): void {
  const above = ranks.at(-1);
  let first: number;
  let step = GAP;
  if (above === undefined) {
    first = below === undefined ? 0 : below - GAP * count;
  } else {
    if (below !== undefined) step = (below - above) / (count + 1);
    first = above + step;
  }
  for (let index = 0; index < count; index++) ranks.push(first + index * step);
}

/** @returns Indices of a longest run, not necessarily unbroken, of increasing ranks. */
function longestIncreasing(ranks: readonly (number | undefined)[]): Set<number> {
  const tails: number[] = []; // tails[n]: index of the smallest rank that ends a run of n + 1
  const before: number[] = [];
  for (const [index, rank] of ranks.entries()) {
    if (rank === undefined) continue;
    let low = 0;
    let high = tails.length;
    const last = tails.at(-1);
    if (last === undefined || (ranks[last] as number) < rank) low = high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ranks[tails[middle] as number] as number) < rank) low = middle + 1;
      else high = middle;
    }
    before[index] = tails[low - 1] ?? -1;
    tails[low] = index;
  }
  const kept = new Set<number>();
  for (let index = tails.at(-1) ?? -1; index >= 0; index = before[index] as number) kept.add(index);
  return kept;
}
