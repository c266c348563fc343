import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core';
import { IconCheck, IconDeviceDesktop, IconLanguage, IconMoon, IconSun } from '@tabler/icons-react';
import { useLanguage, useTexts } from './language.tsx';
import { shellTexts } from './texts.ts';

const languageNames = { fr: 'Français', en: 'English' } as const;

/** Language and appearance: two menus that every page has, signed in or not. */
export function Preferences() {
  const t = useTexts(shellTexts);
  const { language, choose } = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const themes = [
    ['auto', t.themeAuto, <IconDeviceDesktop key="auto" size={16} />],
    ['light', t.themeLight, <IconSun key="light" size={16} />],
    ['dark', t.themeDark, <IconMoon key="dark" size={16} />],
  ] as const;
  return (
    <>
      <Menu position="bottom-end" width={180}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" c="var(--mantine-color-text)" size="lg" aria-label={t.language}>
            <IconLanguage size={20} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {(['fr', 'en'] as const).map((one) => (
            <Menu.Item
              key={one}
              lang={one}
              onClick={() => choose(one)}
              rightSection={language === one ? <IconCheck size={16} /> : null}
            >
              {languageNames[one]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" c="var(--mantine-color-text)" size="lg" aria-label={t.theme}>
            {colorScheme === 'dark' ? <IconMoon size={20} /> : <IconSun size={20} />}
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {themes.map(([scheme, name, icon]) => (
            <Menu.Item
              key={scheme}
              leftSection={icon}
              onClick={() => setColorScheme(scheme)}
              rightSection={colorScheme === scheme ? <IconCheck size={16} /> : null}
            >
              {name}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
