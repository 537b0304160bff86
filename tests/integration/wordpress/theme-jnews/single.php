<?php
get_header();
while ( have_posts() ) :
	the_post();
	$terms = get_the_category();
	$views = jnews_views( get_the_ID() );
	$share = (int) round( $views * .35 );
	?>
<div class="post-wrapper"><div class="post-wrap"><div class="jeg_main"><div class="jeg_container"><div class="jeg_content jeg_singlepage"><div class="container">
	<div class="jeg_ad jeg_article_top jnews_article_top_ads"><div class="ads-wrapper"></div></div>
	<div class="row"><div class="jeg_main_content col-md-8"><div class="jeg_inner_content">
		<div class="jeg_breadcrumbs jeg_breadcrumb_container"><div id="breadcrumbs"><span><a href="<?php echo esc_url( home_url( '/' ) ); ?>">Home</a></span><i class="fa fa-angle-right"></i><span class="breadcrumb_last_link"><a href="<?php echo esc_url( get_category_link( $terms[0] ) ); ?>"><?php echo esc_html( $terms[0]->name ); ?></a></span></div></div>
		<div class="entry-header">
			<h1 class="jeg_post_title"><?php the_title(); ?></h1>
			<div class="jeg_meta_container"><div class="jeg_post_meta jeg_post_meta_1">
				<div class="meta_left">
					<div class="jeg_meta_author"><span class="meta_text">by</span> <a href="<?php echo esc_url( get_author_posts_url( get_the_author_meta( 'ID' ) ) ); ?>"><?php the_author(); ?></a></div>
					<div class="jeg_meta_date"><a href="<?php the_permalink(); ?>"><?php echo esc_html( get_the_date() ); ?></a></div>
					<div class="jeg_meta_category"><span><span class="meta_text">in</span> <?php the_category( ', ' ); ?></span></div>
				</div>
				<div class="meta_right"><div class="jeg_meta_comment"><a href="#respond"><i class="fa fa-comment-o"></i> <?php echo (int) get_comments_number(); ?></a></div></div>
			</div></div>
		</div>
		<?php if ( has_post_thumbnail() ) : ?>
		<div class="jeg_featured featured_image"><a href="<?php the_post_thumbnail_url( 'full' ); ?>"><div class="thumbnail-container animate-lazy"><img src="<?php echo esc_url( get_template_directory_uri() ); ?>/jeg-empty.png" class="lazyload" data-src="<?php the_post_thumbnail_url( 'full' ); ?>" alt=""></div></a></div>
		<?php endif; ?>
		<div class="jeg_share_top_container"><div class="jeg_share_button clearfix"><div class="jeg_share_stats">
			<div class="jeg_share_count"><div class="counts"><?php echo esc_html( jnews_short( $share ) ); ?></div><span class="sharetext">SHARES</span></div>
			<div class="jeg_views_count"><div class="counts"><?php echo esc_html( jnews_short( $views ) ); ?></div><span class="sharetext">VIEWS</span></div>
		</div><div class="jeg_sharelist">
			<a href="https://www.facebook.com/sharer.php?u=<?php echo rawurlencode( get_permalink() ); ?>" rel="nofollow" class="jeg_btn-facebook expanded"><i class="fa fa-facebook-official"></i><span><?php echo (int) round( $share * .4 ); ?></span></a>
			<a href="https://twitter.com/intent/tweet?url=<?php echo rawurlencode( get_permalink() ); ?>" rel="nofollow" class="jeg_btn-twitter expanded"><i class="fa fa-twitter"></i><span><?php echo (int) round( $share * .25 ); ?></span></a>
		</div></div></div>
		<div class="jeg_ad jeg_article_bottom jnews_content_top_ads"><div class="ads-wrapper"></div></div>
		<div class="entry-content with-share">
			<div class="jeg_share_button share-float jeg_sticky_share clearfix"><div class="jeg_share_float_container"></div></div>
			<div class="content-inner <?php echo $views % 2 ? '' : 'jeg_link_underline'; ?>">
				<?php the_content(); ?>
				<?php if ( get_the_tags() ) : ?>
				<div class="jeg_post_tags"><?php the_tags( '<span>Tags:</span> ', '', '' ); ?></div>
				<?php endif; ?>
			</div>
		</div>
		<div class="jeg_share_bottom_container"></div>
		<div class="jnews_prev_next_container"><div class="jeg_prevnext_post"><?php
		foreach ( array( 'prev' => get_previous_post(), 'next' => get_next_post() ) as $side => $other ) {
			if ( $other ) {
				printf( '<a href="%s" class="post %s-post"><span class="caption">%s Post</span><h3 class="post-title">%s</h3></a>', esc_url( get_permalink( $other ) ), esc_attr( $side ), $side === 'prev' ? 'Previous' : 'Next', esc_html( get_the_title( $other ) ) );
			}
		}
		?></div></div>
		<div class="jnews_author_box_container"><div class="jeg_authorbox"><div class="jeg_author_content"><h3 class="jeg_author_name"><a href="#"><?php the_author(); ?></a></h3><p class="jeg_author_desc">Stories gathered for you.</p></div></div></div>
		<div class="jnews_related_post_container"><?php jnews_block( jnews_others( 3 ), 22, 'md_5', 'Related Posts' ); ?></div>
		<div class="jnews_popup_post_container"><section class="jeg_popup_post"><span class="caption">Next Post</span><?php foreach ( jnews_others( 1 ) as $other ) : ?><div class="jeg_popup_content"><div class="post-title"><a href="<?php echo esc_url( get_permalink( $other ) ); ?>"><?php echo esc_html( get_the_title( $other ) ); ?></a></div></div><?php endforeach; ?></section></div>
		<div class="jnews_comment_container"><?php comments_template(); ?></div>
	</div></div>
	<?php get_sidebar(); ?>
	</div>
</div></div></div></div></div></div>
	<?php
endwhile;
get_footer();
