import { Button, FileInput, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDisc, IconUpload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useChanges } from '../../api/changes.ts';
import { deleteImage, type Image, imagesQuery, uploadImage } from '../../api/image.ts';
import { sessionQuery } from '../../api/session.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page } from '../../ui/page.tsx';
import { Cell, Row, Table } from '../../ui/table.tsx';
import { useChange } from '../../ui/use-change.ts';
import { imageTexts } from './texts.ts';

/** The images that the project may start servers from. */
export function ImagesPage() {
  const t = useTexts(imageTexts);
  useChanges();
  const images = useQuery(imagesQuery);
  return (
    <Page title={t.title} lead={t.lead} actions={<Upload />}>
      <Loaded query={images}>
        {(found) =>
          found.length === 0 ? (
            <Empty icon={<IconDisc />} title={t.none}>
              {t.noneAdvice}
            </Empty>
          ) : (
            <Images images={found} />
          )
        }
      </Loaded>
    </Page>
  );
}

function Images({ images }: { readonly images: readonly Image[] }) {
  const t = useTexts(imageTexts);
  const format = useFormat();
  const { data: session } = useQuery(sessionQuery);
  const remove = useChange(deleteImage);
  return (
    <>
      {remove.error !== null && <Failure error={remove.error} title={t.failed} />}
      <Table label={t.title} columns={[t.name, t.visibility, t.format, t.size, t.created]} actions={t.delete}>
        {images.map((image) => {
          const name = image.name ?? image.id;
          return (
            <Row key={image.id}>
              <Cell>{name}</Cell>
              <Cell>{t[image.visibility]}</Cell>
              <Cell>{image.disk_format}</Cell>
              <Cell className="tabular">{image.size === null ? '' : format.bytes(image.size)}</Cell>
              <Cell>{format.date(image.created_at)}</Cell>
              <Cell ta="right">
                {image.owner === session?.project?.id && (
                  <Button
                    variant="default"
                    size="xs"
                    loading={remove.isPending && remove.variables === image.id}
                    onClick={() => remove.mutate(image.id)}
                    aria-label={t.deleteNamed(name)}
                  >
                    {t.delete}
                  </Button>
                )}
              </Cell>
            </Row>
          );
        })}
      </Table>
    </>
  );
}

function Upload() {
  const t = useTexts(imageTexts);
  const [opened, { open, close }] = useDisclosure();
  const upload = useChange(({ name, file }: { name: string; file: File }) => uploadImage(name, file), close);
  return (
    <>
      <Button leftSection={<IconUpload size={18} aria-hidden />} onClick={open}>
        {t.upload}
      </Button>
      <FormDialog
        opened={opened}
        onClose={close}
        title={t.upload}
        busy={upload.isPending}
        error={upload.error}
        failure={t.failed}
        onSubmit={(form) => upload.mutate({ name: String(form.get('name')), file: form.get('file') as File })}
      >
        <TextInput name="name" label={t.name} required maxLength={255} data-autofocus />
        <FileInput name="file" label={t.file} description={t.fileHint} required />
      </FormDialog>
    </>
  );
}
