namespace Ops.Backup.Testing.Oss;

/// <summary>The calls that <see cref="OssServer"/> understands.</summary>
public enum OssOperation
{
    /// <summary>Whichever comes next; for planting faults.</summary>
    Any,
    PutObject,
    InitiateMultipartUpload,
    UploadPart,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    ListParts,
    ListMultipartUploads,
    ListObjects,
    HeadObject,
    GetObject,
    DeleteObject,
}
