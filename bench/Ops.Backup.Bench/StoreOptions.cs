namespace Ops.Backup.Bench;

/// <summary>What the measurements with several stores can be asked for.</summary>
/// <param name="Megabytes">Of text in the database, and of the upload; memory is measured at a quarter, at this and at twice of it.</param>
/// <param name="OssMegabytes">The line to the OSS, a second.</param>
/// <param name="S3Megabytes">The line to the S3 server, a second.</param>
/// <param name="StallSeconds">How long the S3 server stands still where memory is measured.</param>
internal sealed record StoreOptions(int Megabytes, int Rounds, int OssMegabytes, int S3Megabytes, int StallSeconds)
{
    public const string Usage = "[--size-mb N] [--rounds N] [--oss-mb-per-second N] [--s3-mb-per-second N] [--stall-seconds N]";

    public long OssBytesPerSecond => OssMegabytes * 1_000_000L;

    public long S3BytesPerSecond => S3Megabytes * 1_000_000L;

    public static StoreOptions Of(string[] arguments) => new(
        Arguments.Number(arguments, "--size-mb", 1_000), Arguments.Number(arguments, "--rounds", 5),
        Arguments.Number(arguments, "--oss-mb-per-second", 60), Arguments.Number(arguments, "--s3-mb-per-second", 50),
        Arguments.Number(arguments, "--stall-seconds", 20));
}
