using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Sources;

namespace Ops.Backup.Application.Sources;

public sealed record CreateSource(string? Name, string? Host, int? Port, string? Database, string? User, string? Password) : IRequest<SourceView>;

public sealed class CreateSourceHandler(ISources sources, ISecrets secrets, TimeProvider time) : IRequestHandler<CreateSource, SourceView>
{
    public const int DefaultPort = 5432;

    public async Task<SourceView> Handle(CreateSource request, CancellationToken cancellationToken)
    {
        var facts = new ConnectionFacts(request.Host ?? "", request.Port ?? DefaultPort, request.Database ?? "", request.User ?? "");
        var password = request.Password is { Length: > 0 } text ? secrets.Protect(SourceRules.Password(text)) : null;
        var source = DatabaseSource.Create(request.Name ?? "", facts, password, time.GetUtcNow());
        await sources.AddAsync(source, cancellationToken);
        return SourceView.Of(source);
    }
}
