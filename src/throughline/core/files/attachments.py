"""Files as attachments of mails: ``file:12``, of the record that the mail is about, or of the case that sends it."""

from __future__ import annotations

from throughline.core.actions import ActionRequest
from throughline.core.attachments import Attachment, Source, too_large
from throughline.core.files.models import Blob
from throughline.core.files.operations import read_file
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Refusal


def _file(request: ActionRequest, key: str, _to: str, largest: int) -> Attachment:
    blob = Blob.objects.filter(pk=int(key), deleted_at=None).first() if key.isdecimal() else None
    own = {request.record, RecordRef("case", request.case)}
    if blob is None or blob.record_id is None or RecordRef(blob.record_type, blob.record_id) not in own:
        raise Refusal("no_such_file", f"Expected file {key or 'without a key'} of the record, but it has none such.")
    if blob.size > largest:
        raise too_large(blob.name)
    return Attachment(blob.name, blob.media_type, b"".join(read_file(blob)))


ATTACHMENTS: dict[str, Source] = {"file": _file}
