using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Infrastructure.Stores.S3;

/// <summary>The SDK, set up so that any compatible server understands it.</summary>
internal sealed class S3Connection : IDisposable
{
    private readonly SocketsHttpHandler _handler;
    private readonly HttpClient _http;

    public S3Connection(S3Settings settings, StoreCredentials credentials, S3Options options)
    {
        _handler = new SocketsHttpHandler
        {
            ConnectTimeout = options.ConnectTimeout,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxConnectionsPerServer = 64,
        };
        _http = new HttpClient(_handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        var config = new AmazonS3Config
        {
            ForcePathStyle = settings.PathStyle,
            // A compatible server knows neither the SDK's checksum trailers nor the encoding that carries them.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            DisableClockSkewCorrection = true,
            MaxErrorRetry = 0,
            Timeout = Timeout.InfiniteTimeSpan,
            HttpClientFactory = new OneClient(_http),
        };
        if (settings.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.Contains("://", StringComparison.Ordinal) ? endpoint : "https://" + endpoint;
            config.AuthenticationRegion = settings.Region;
            IsPlain = config.ServiceURL.StartsWith("http://", StringComparison.OrdinalIgnoreCase);
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(settings.Region);
        }
        Client = Of(settings, credentials) is { } key ? new AmazonS3Client(key, config) : new AmazonS3Client(config);
    }

    public AmazonS3Client Client { get; }

    /// <summary>http, not https.</summary>
    public bool IsPlain { get; }

    /// <summary>What the server's clock shows in its answer to an unsigned request, and how far that is ahead of ours; null when it does not say.</summary>
    public async Task<TimeSpan?> SkewAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow();
        using var request = new HttpRequestMessage(HttpMethod.Head, Client.DetermineServiceOperationEndpoint(new ListBucketsRequest()).URL);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        var ours = before + ((time.GetUtcNow() - before) / 2);
        // The header has whole seconds, cut off: on average it is half a second behind.
        return response.Headers.Date is { } theirs ? theirs + TimeSpan.FromMilliseconds(500) - ours : null;
    }

    public void Dispose()
    {
        Client.Dispose();
        _http.Dispose();
        _handler.Dispose();
    }

    // Null: the SDK looks for the machine's own role, which only AWS has.
    private static AWSCredentials? Of(S3Settings settings, StoreCredentials credentials) => credentials switch
    {
        { AccessKeyId: { } id, AccessKeySecret: { } secret, SecurityToken: { Length: > 0 } token } => new SessionAWSCredentials(id, secret, token),
        { AccessKeyId: { } id, AccessKeySecret: { } secret } => new BasicAWSCredentials(id, secret),
        _ => settings.Endpoint is null ? null : new AnonymousAWSCredentials(),
    };

    private sealed class OneClient(HttpClient http) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => http;

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;
    }
}
