import { FileInput, TextInput } from '@mantine/core';
import { IconDisc, IconUpload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useChanges } from '../../api/changes.ts';
import { deleteImage, type Image, images, uploadImage } from '../../api/image.ts';
import { sessionQuery } from '../../api/session.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { Empty } from '../../ui/empty.tsx';
import { FormButton } from '../../ui/form-button.tsx';
import { ListTable } from '../../ui/list.tsx';
import { Page } from '../../ui/page.tsx';
import { RemoveButton } from '../../ui/remove-button.tsx';
import { imageTexts } from './texts.ts';

const nameOf = ({ name, id }: Image): string => name ?? id;

/** The images that the project may start servers from. */
export function ImagesPage() {
  const t = useTexts(imageTexts);
  const format = useFormat();
  useChanges();
  const { data: session } = useQuery(sessionQuery);
  return (
    <Page title={t.title} lead={t.lead} actions={<Upload />}>
      <ListTable
        list={images}
        label={t.title}
        idOf={({ id }) => id}
        wordsOf={(image) => [nameOf(image), t[image.visibility], image.disk_format].join(' ')}
        empty={
          <Empty icon={<IconDisc />} title={t.none}>
            {t.noneAdvice}
          </Empty>
        }
        columns={[
          { title: t.name, cell: nameOf },
          { title: t.visibility, cell: ({ visibility }) => t[visibility] },
          { title: t.format, cell: ({ disk_format: kind }) => kind },
          { title: t.size, cell: ({ size }) => (size === null ? '' : format.bytes(size)), tabular: true },
          { title: t.created, cell: ({ created_at: at }) => format.date(at) },
        ]}
        actions={{
          title: t.delete,
          cell: (image) =>
            image.owner === session?.project?.id && (
              <RemoveButton size="xs" name={nameOf(image)} remove={() => deleteImage(image.id)}>
                {t.deleteAdvice}
              </RemoveButton>
            ),
        }}
      />
    </Page>
  );
}

function Upload() {
  const t = useTexts(imageTexts);
  return (
    <FormButton
      title={t.upload}
      leftSection={<IconUpload size={18} aria-hidden />}
      submit={(form) => uploadImage(String(form.get('name')), form.get('file') as File)}
    >
      {() => (
        <>
          <TextInput name="name" label={t.name} required maxLength={255} data-autofocus />
          <FileInput name="file" label={t.file} description={t.fileHint} required />
        </>
      )}
    </FormButton>
  );
}
