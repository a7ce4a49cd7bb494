namespace Ops.Backup.Testing.Oss;

/// <summary>What <see cref="OssServer.Fail"/> lets go wrong.</summary>
public sealed record OssFault
{
    private OssFault(OssFaultKind kind) => Kind = kind;

    public static OssFault InternalError { get; } = Error(500, "InternalError", "We encountered an internal error. Please try again.");

    public static OssFault Throttled { get; } = Error(503, "QpsLimitExceeded", "Too many requests.");

    public static OssFault TooManyRequests { get; } = Error(429, "TooManyRequests", "Too many requests.");

    public static OssFault TokenExpired { get; } = Error(403, "SecurityTokenExpired", "The security token you provided has expired.");

    public static OssFault Denied { get; } = Error(403, "AccessDenied", "You have no right to access this object because of bucket acl.");

    public static OssFault NoBucket { get; } = Error(404, "NoSuchBucket", "The specified bucket does not exist.");

    /// <summary>Takes the connection and says nothing.</summary>
    public static OssFault Hang { get; } = new(OssFaultKind.Hang);

    /// <summary>200, but the CRC-64 in the answer is another.</summary>
    public static OssFault WrongCrc { get; } = new(OssFaultKind.WrongCrc);

    /// <summary>Does it, then resets the connection instead of answering.</summary>
    public static OssFault LostAnswer { get; } = new(OssFaultKind.LostAnswer);

    /// <summary>Does it, and answers 500 all the same.</summary>
    public static OssFault DoneBut500 { get; } = new(OssFaultKind.DoneBut500);

    /// <summary>200 with an error in the body; nothing was done.</summary>
    public static OssFault ErrorIn200 { get; } = new(OssFaultKind.ErrorIn200);

    /// <summary>200 with a page of somebody between; nothing was done.</summary>
    public static OssFault Garbage200 { get; } = new(OssFaultKind.Garbage200);

    /// <summary>404 as somebody between would say it, without a request id.</summary>
    public static OssFault Foreign404 { get; } = new(OssFaultKind.Foreign404);

    internal OssFaultKind Kind { get; }

    internal int Status { get; private init; }

    internal string Code { get; private init; } = "";

    internal string Message { get; private init; } = "";

    internal TimeSpan? RetryAfter { get; private init; }

    internal long AfterBytes { get; private init; }

    /// <summary>503 with Retry-After in whole seconds.</summary>
    public static OssFault Unavailable(TimeSpan retryAfter) => Error(503, "ServiceUnavailable", "Please slow down.") with { RetryAfter = retryAfter };

    public static OssFault Error(int status, string code, string message) => new(OssFaultKind.Error) { Status = status, Code = code, Message = message };

    /// <summary>Resets the connection after so many bytes of the request's body.</summary>
    public static OssFault ResetInRequest(long afterBytes) => new(OssFaultKind.ResetInRequest) { AfterBytes = afterBytes };

    /// <summary>Resets the connection after so many bytes of the answer's body.</summary>
    public static OssFault ResetInAnswer(long afterBytes) => new(OssFaultKind.ResetInAnswer) { AfterBytes = afterBytes };

    /// <summary>Takes so many bytes of the request's body and no more.</summary>
    public static OssFault HangInRequest(long afterBytes) => new(OssFaultKind.HangInRequest) { AfterBytes = afterBytes };

    /// <summary>Sends so many bytes of the answer's body and no more.</summary>
    public static OssFault HangInAnswer(long afterBytes) => new(OssFaultKind.HangInAnswer) { AfterBytes = afterBytes };
}

internal enum OssFaultKind { Error, Hang, HangInRequest, HangInAnswer, ResetInRequest, ResetInAnswer, WrongCrc, LostAnswer, DoneBut500, ErrorIn200, Garbage200, Foreign404 }
