using FluentValidation;
using MediatR;

namespace Ops.Backup.Application;

/// <summary>Runs a request's validators before its handler sees it.</summary>
public sealed class ValidationBehavior<TRequest, TResponse>(IEnumerable<IValidator<TRequest>> validators) : IPipelineBehavior<TRequest, TResponse>
{
    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        foreach (var validator in validators) await validator.ValidateAndThrowAsync(request, cancellationToken);
        return await next();
    }
}
