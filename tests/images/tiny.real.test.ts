import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootTinyGuest, type TinyGuest } from './tiny-guest.ts';

const userData = `#!/bin/sh
echo "user-data runs as $(id -un)"
echo '<h1>Bonjour</h1>' >/srv/index.html
httpd -p 80 -h /srv
`;

describe('the guest image andromede-tiny', () => {
  let guest: TinyGuest;

  beforeAll(async () => {
    guest = await bootTinyGuest('front-1', userData);
    await guest.shows('user-data ended with code 0');
  }, 120_000);

  afterAll(() => guest?.stop());

  it('takes its name, its key and its user-data from the config drive', async () => {
    expect(await guest.ssh('hostname')).toBe('front-1');
    expect(await guest.ssh('cat .ssh/authorized_keys')).toMatch(/^ssh-ed25519 \S+ tester$/);
    expect(await guest.console()).toContain('user-data runs as root');
  });

  it('gives the user root rights, and the whole disk', async () => {
    expect(await guest.ssh('id -un; sudo -n id -un')).toBe('debian\nroot');
    expect(Number(await guest.ssh("df -k / | awk 'NR == 2 { print $2 }'"))).toBeGreaterThan(1_800_000);
  });

  it('serves what the user-data put there', async () => {
    const response = await fetch(`http://127.0.0.1:${guest.webPort}/`);
    expect(await response.text()).toContain('Bonjour');
  });

  it('keeps its disk over a restart, and runs the user-data again', async () => {
    // A moment later, so that the connection ends before the machine does.
    await guest.ssh('echo kept | sudo tee /srv/kept; sudo sh -c "(sleep 1; reboot) >/dev/null 2>&1 &"');
    await guest.shows('user-data ended with code 0', 2);
    expect(await guest.ssh('cat /srv/kept')).toBe('kept');
    expect((await fetch(`http://127.0.0.1:${guest.webPort}/`)).status).toBe(200);
  });

  it('turns off when the power button is pressed, and says so', async () => {
    expect(await guest.powerOff()).toBeLessThan(10_000);
    expect(await guest.console()).toContain('reboot: Power down');
  });
});
