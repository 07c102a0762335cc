import { openAdmissionDoor, type Door } from './admission-door.ts';
import { openCliDoor } from './cli-door.ts';
import { openGateDoor } from './gate-door.ts';
import { emptyTally, type Tally } from './in-process.ts';
import { Random } from './random.ts';
import { openScanDoor } from './scan-door.ts';
import { drawStage } from './stage.ts';

/** How a door fared. */
export interface DoorReport {
  readonly name: string;
  readonly checked: number;
  readonly tally: Tally;
}

/**
 * Asks every door about clusters and questions that are drawn, and compares its answer, byte for byte, with the decision
 * made in this process; a process of the command line then decides once more on the same facts.
 * @param count questions for each door
 * @throws Error that names door and seed, and shows what differs
 */
export async function checkDoors(seed: number, count: number): Promise<readonly DoorReport[]> {
  const doors: Door[] = [await openAdmissionDoor(), await openGateDoor(), openScanDoor()];
  const cli = openCliDoor();
  try {
    const reports: DoorReport[] = [];
    const overall = emptyTally();
    for (const [index, door] of doors.entries()) {
      const tally = emptyTally();
      for (let turn = 0; turn < count; turn++) {
        const drawn = seed + (index * count + turn) * 7919;
        await naming(`${door.name}, seed ${drawn}`, async () => {
          const random = new Random(drawn);
          const stage = drawStage(random);
          const asked = await door.check(random, stage);
          tally[asked.decision.verdict] += 1;
          overall[asked.decision.verdict] += 1;
          await cli.check(stage.rules, asked);
        });
      }
      reports.push({ name: door.name, checked: count, tally });
    }
    return [...reports, { name: cli.name, checked: count * doors.length, tally: overall }];
  } finally {
    await Promise.all([...doors, cli].map((door) => door.close()));
  }
}

async function naming(where: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${where}: ${message}`, { cause: error });
  }
}
